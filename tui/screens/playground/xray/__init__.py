"""The X-ray view: what the model computes for a text. A page is a file here and a line in `view.PAGES`."""
