"""Offers to download a model, and shows the progress of the download."""

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
from tui.formatting import short_path, size


class DownloadPanel(Vertical):
    """Describes the model, its size and licence; shows a button, then a progress bar or an error."""

    DEFAULT_CSS = """
    DownloadPanel {
        width: 64; max-width: 100%; height: auto; padding: 1 3; border: round $border; background: $surface;
    }
    DownloadPanel Static { height: auto; margin: 0 0 1 0; }
    DownloadPanel #step { margin: 0; color: $foreground-muted; }
    DownloadPanel ProgressBar { width: 1fr; margin: 0 0 1 0; }
    DownloadPanel Bar { width: 1fr; }
    DownloadPanel .problem { color: $text-error; }
    DownloadPanel #downloading { height: auto; display: none; }
    DownloadPanel #problem { display: none; }
    DownloadPanel.-downloading #downloading { display: block; }
    """

    @dataclass
    class Step(Message):
        """The progress of the download; a newer message replaces an older one."""

        done: int
        total: int | None
        stage: str

        def can_replace(self, message: Any) -> bool:
            return isinstance(message, DownloadPanel.Step)

    @dataclass
    class Ended(Message):
        """The download has ended; `problem` is "" if the model is installed."""

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
                " is not installed yet.\n\n",
                model.description,
                "\n\n",
                ("Download  ", "$foreground-muted"),
                f"{size(model.download_bytes)} from {model.source}\n",
                ("Licence   ", "$foreground-muted"),
                f"{model.licence}\n",
                ("Folder    ", "$foreground-muted"),
                short_path(model.path.parent),
            )
        )
        yield Static(id="problem", classes="problem", markup=False)
        with Vertical(id="downloading"):
            yield Static("Starting…", id="step", markup=False)
            yield ProgressBar(show_eta=False)
        yield Button("Download (f)", variant="primary", compact=True)

    @property
    def downloading(self) -> bool:
        return self.has_class("-downloading")

    @on(Button.Pressed)
    def toggle(self) -> None:
        """Starts or stops the download."""
        if self.downloading:
            self.stop()
            return
        self.cancel = threading.Event()
        self.set_class(True, "-downloading")
        self.query_one("#problem").display = False
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.query_one(Button).label = "Stop (Esc)"
        self._download(self.cancel)

    def stop(self) -> None:
        """Requests the download to stop."""
        self.cancel.set()
        if self.downloading:
            self.query_one("#step", Static).update("Stopping…")

    def on_unmount(self) -> None:
        self.cancel.set()

    @work(thread=True, group="download", exclusive=True)
    def _download(self, cancel: threading.Event) -> None:
        problem = ""
        try:
            store.add(self.model.name, self._step, cancel)
        except FetchCancelled:
            problem = "Stopped. Nothing was installed."
        except FetchError as error:
            problem = str(error)
        self.post_message(self.Ended(problem))

    def _step(self, done: int, total: int | None, stage: str) -> None:
        self.post_message(self.Step(done, total, stage))

    def on_download_panel_step(self, step: Step) -> None:
        if not self.cancel.is_set():
            progress = f"  {size(step.done)} of {size(step.total)}" if step.total else ""
            self.query_one("#step", Static).update(f"{step.stage.capitalize()}{progress}")
            self.query_one(ProgressBar).update(total=step.total, progress=step.done)

    def on_download_panel_ended(self, ended: Ended) -> None:
        self.set_class(False, "-downloading")
        self.query_one(Button).label = "Download (f)"
        problem = self.query_one("#problem", Static)
        problem.update(ended.problem)
        problem.display = bool(ended.problem)
