"""The Playground mode. A view is a file here and a line in `screen.VIEWS`."""

from tui.screens.playground.screen import PlaygroundScreen

__all__ = ["PlaygroundScreen"]
