"""Reads source text, of solutions and of the reference, without running it."""
