"""Is it right: probes run in the learner's child, pytest in the judge's, and a verdict comes out."""
