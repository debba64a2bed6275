"""Fault injection: `python -m benchmarks.faults` causes each fault many times and tabulates what is lost."""
