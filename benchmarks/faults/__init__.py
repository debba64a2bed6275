"""`python -m benchmarks.faults`: everything that can go wrong on a learner's machine, tried for real, in one table."""
