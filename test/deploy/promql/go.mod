module gitfed.io/promql

go 1.26.0

