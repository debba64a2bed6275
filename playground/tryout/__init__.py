"""Tries a learner's file on real data: runs an exercise's try.py with it in a sandboxed process, and returns drawings.

`sources.py` finds the file, `client.py` is the app's side (without torch), and `job.py` runs in the engine.
"""
