"""The app, and the command line."""

import os

# Draws at most this often in a second: a key waits for the next drawing, with Textual's 60 for up to 17 ms.
os.environ.setdefault("TEXTUAL_FPS", "120")
