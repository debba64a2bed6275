"""Runs the app for one browser page: the server starts `python -m tui.web.driver WORKSPACE` for each page."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from textual import messages
from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """A web driver that exits the app when the server has closed its input, even without an exit message."""

    def start_application_mode(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            asyncio.run_coroutine_threadsafe(self._app._post_message(messages.ExitApp()), self._loop)

    def write(self, data: str) -> None:
        with suppress(BrokenPipeError):
            super().write(data)

    def write_meta(self, data: dict[str, object]) -> None:
        with suppress(BrokenPipeError):
            super().write_meta(data)


if __name__ == "__main__":
    from tui.app import FromScratchApp

    app = FromScratchApp(Path(sys.argv[1]))
    app.run()
    sys.exit(app.return_code)
