"""The app's side of a page in a browser: `python -m tui.web.driver WORKSPACE`, started for each by the server."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from textual import messages
from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """Leaves when the server is gone, also where that had no time to say so."""

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
