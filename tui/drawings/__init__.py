"""Draws a try's drawings with rich, for the app and for the command line."""
