"""Probes of the small course: it is shown, never graded."""
