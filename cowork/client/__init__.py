"""A learner's side of co-work."""
