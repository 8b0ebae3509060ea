"""Benchmarks over real processes. What they claim are ratios within one run, against a naive SDK call beside it."""
