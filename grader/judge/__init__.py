"""The judge's process: runs the tests over the learner's data and names what is wrong."""
