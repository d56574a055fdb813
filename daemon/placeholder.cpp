namespace hinomi {}
