"""Lessons for a learner's coding assistant, and the server that offers them over the Model Context Protocol."""
