"""Offers a model that is not on this machine, and fetches it with a bar that can be stopped."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, ProgressBar, Static

from playground import store
from playground.store import FetchCancelled, FetchError, ModelInfo
from tui.formatting import home, size


class DownloadPanel(Vertical):
    """What the model is, how large, under which licence; a button; then a bar, or what went wrong."""

    DEFAULT_CSS = """
    DownloadPanel {
        width: 64; max-width: 100%; height: auto; padding: 1 3; border: round $border; background: $surface;
    }
    DownloadPanel Static { height: auto; margin: 0 0 1 0; }
    DownloadPanel #step { margin: 0; color: $foreground-muted; }
    DownloadPanel ProgressBar { width: 1fr; margin: 0 0 1 0; }
    DownloadPanel Bar { width: 1fr; }
    DownloadPanel .problem { color: $text-error; }
    DownloadPanel #at-work { height: auto; display: none; }
    DownloadPanel #problem { display: none; }
    DownloadPanel.-at-work #at-work { display: block; }
    """

    @dataclass
    class Step(Message):
        """How far the fetching is; only the latest matters."""

        done: int
        total: int | None
        what: str

        def can_replace(self, message: Any) -> bool:
            return isinstance(message, DownloadPanel.Step)

    @dataclass
    class Ended(Message):
        """Fetching has ended; `problem` is "" where the model is there now."""

        problem: str

    def __init__(self, model: ModelInfo) -> None:
        super().__init__()
        self.model = model
        self.cancel = threading.Event()

    def compose(self) -> ComposeResult:
        model = self.model
        yield Static(
            Content.assemble(
                (model.title, "bold $accent"),
                " is not on this machine yet.\n\n",
                model.description,
                "\n\n",
                ("Download  ", "$foreground-muted"),
                f"{size(model.download_bytes)} through Python's package index\n",
                ("Licence   ", "$foreground-muted"),
                f"{model.licence}\n",
                ("Goes to   ", "$foreground-muted"),
                home(model.path.parent),
            )
        )
        yield Static(id="problem", classes="problem", markup=False)
        with Vertical(id="at-work"):
            yield Static("Starting…", id="step", markup=False)
            yield ProgressBar(show_eta=False)
        yield Button("Fetch it (f)", variant="primary", compact=True)

    @property
    def at_work(self) -> bool:
        return self.has_class("-at-work")

    @on(Button.Pressed)
    def toggle(self) -> None:
        """Begins to fetch; or stops."""
        if self.at_work:
            self.stop()
            return
        self.cancel = threading.Event()
        self.set_class(True, "-at-work")
        self.query_one("#problem").display = False
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.query_one(Button).label = "Stop (Esc)"
        self._fetch(self.cancel)

    def stop(self) -> None:
        """Asks the fetching to stop; it says so when it has."""
        self.cancel.set()
        if self.at_work:
            self.query_one("#step", Static).update("Stopping…")

    def on_unmount(self) -> None:
        self.cancel.set()

    @work(thread=True, group="fetch", exclusive=True)
    def _fetch(self, cancel: threading.Event) -> None:
        problem = ""
        try:
            store.add(self.model.name, self._step, cancel)
        except FetchCancelled:
            problem = "Stopped. Nothing was installed."
        except FetchError as error:
            problem = str(error)
        self.post_message(self.Ended(problem))

    def _step(self, done: int, total: int | None, what: str) -> None:
        self.post_message(self.Step(done, total, what))

    def on_fetch_panel_step(self, step: Step) -> None:
        if not self.cancel.is_set():
            of = f"  {size(step.done)} of {size(step.total)}" if step.total else ""
            self.query_one("#step", Static).update(f"{step.what.capitalize()}{of}")
            self.query_one(ProgressBar).update(total=step.total, progress=step.done)

    def on_fetch_panel_ended(self, ended: Ended) -> None:
        self.set_class(False, "-at-work")
        self.query_one(Button).label = "Fetch it (f)"
        problem = self.query_one("#problem", Static)
        problem.update(ended.problem)
        problem.display = bool(ended.problem)
