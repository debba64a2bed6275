"""Benchmarks, one per file; `python -m benchmarks` runs them and prints one table of results."""
