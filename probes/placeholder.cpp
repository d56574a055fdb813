namespace probes {}
