"""Tests the grader itself: known mistakes, general faults, and inputs that learners choose to break a solution."""
