namespace incidents {}
