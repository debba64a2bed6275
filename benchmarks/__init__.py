"""One file a figure; `python -m benchmarks` prints them as a table of ratios within one run."""
