"""The Playground mode: prompts a model, shows how it chooses each token, and sets its sampling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from time import monotonic
from typing import Literal

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from playground import store
from playground.session import Sampling, Session, SessionError, Token
from tui.formatting import clean, plural
from tui.screens.mode_screen import ModeScreen
from tui.widgets.download_panel import DownloadPanel
from tui.widgets.next_tokens import NextTokens
from tui.widgets.prompt import Prompt
from tui.widgets.sampling_form import SamplingForm

ENDS = {"end": "ended", "length": "max tokens", "stop": "stop text"}
MODEL = "smollm2"
DRAW_INTERVAL = 0.04  # seconds


class PlaygroundScreen(ModeScreen):
    """Generates from one model, one prompt at a time; each prompt starts with an empty context."""

    MODE = "playground"
    CSS_PATH = "playground.tcss"
    AUTO_FOCUS = "#prompt"
    BINDINGS = [
        Binding("f", "download", "Download", id="playground.download", tooltip="Download the model"),
        Binding("escape", "stop", "Stop", id="playground.stop", tooltip="Stop the generation or the download"),
        Binding("ctrl+g", "greedy", "Greedy", id="playground.greedy", tooltip="Switch greedy decoding on or off"),
        Binding("ctrl+o", "parts", "Parts", id="playground.parts", tooltip="Use your parts or the reference's"),
        Binding("ctrl+l", "clear", "Clear", id="playground.clear", tooltip="Clear the transcript"),
        Binding("pageup", "scroll(-1)", "Scroll up", show=False),
        Binding("pagedown", "scroll(1)", "Scroll down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.session: Session | None = None
        self.parts: Literal["reference", "mine"] = "reference"
        self.busy = False
        self.model = _info()
        # Stored, because tokens can arrive after the widgets are removed from the screen.
        # It takes no focus, so that letters always go to a field: "q" in a prompt must not quit the app.
        self.transcript = VerticalScroll(Static(_welcome(), classes="note"), id="transcript", can_focus=False)
        self.speed = Static(id="speed", markup=False)
        self.aside = Static(id="aside", classes="aside", markup=False)
        self.tokens = NextTokens()
        self.form = SamplingForm()

    def body(self) -> Iterable[Widget]:
        yield Horizontal(
            Static(self._title(), classes="title", markup=False),
            self.aside,
            classes="title-line",
        )
        yield Vertical(DownloadPanel(self.model), id="offer")
        left = Vertical(
            self.transcript,
            self.speed,
            Prompt(placeholder="Type a prompt; Enter sends it", id="prompt"),
            id="left",
        )
        yield Horizontal(left, VerticalScroll(self.tokens, self.form, id="right", can_focus=False), id="talk")

    async def on_screen_resume(self) -> None:
        self._update()

    def on_descendant_blur(self) -> None:
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        if self.is_current and self.focused is None and not self.has_class("-absent"):
            self.query_one("#prompt").focus()

    def action_scroll(self, pages: int) -> None:
        self.transcript.scroll_relative(y=pages * self.transcript.size.height, animate=False)

    def _title(self) -> str:
        return self.course_app.model.name if self.course_app.model else self.model.title

    def _update(self) -> None:
        """Shows the transcript, or the offer to download the model."""
        self.model = _info()
        absent = not self.model.installed and self.course_app.model is None
        self.set_class(absent, "-absent")
        self.aside.update("" if absent else f"parts: {self._parts_label()}")
        if not absent and self.session is None:
            self._load()
        self.query_one("#offer Button" if absent else "#prompt").focus()
        self.refresh_bindings()

    def _parts_label(self) -> str:
        if self.parts == "reference":
            return "reference"
        used = self.session.parts_used if self.session else []
        names = [name for name, owner in used if owner == "yours"]
        return f"yours ({', '.join(names)})" if names else "yours (none passed yet)"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        absent = self.has_class("-absent")
        match action:
            case "download":
                return absent and not self.query_one(DownloadPanel).downloading
            case "stop":
                return self.busy or (absent and self.query_one(DownloadPanel).downloading)
            case "greedy" | "parts" | "clear":
                return not absent
        return True

    # Download

    def action_download(self) -> None:
        self.query_one(DownloadPanel).toggle()
        self.refresh_bindings()

    def on_download_panel_ended(self, ended: DownloadPanel.Ended) -> None:
        if not ended.problem:
            self.notify(f"{self.model.title} is installed.", markup=False)
        self._update()

    # Generation

    def _new_session(self) -> Session:
        learner = self.course_app.learner
        states = learner.states()
        passed = [
            (exercise.id, learner.workspace.path(exercise))
            for exercise in learner.course.exercises
            if states[exercise.id] == "passed"
        ]
        model = str(self.course_app.model or MODEL)
        return Session(model, self.parts, learner.workspace.root, passed)

    @work(group="talk", exclusive=True)
    async def _load(self) -> None:
        if self.session is not None:
            await self.session.close()
        self.session = self._new_session()
        self.speed.update("● loading the model…")
        try:
            await self.session.open()
        except SessionError as error:
            await self._add(str(error), "problem")
            self.session = None
        else:
            for note in self.session.notes:
                await self._add(note, "note")
        self.speed.update("")
        self.aside.update(f"parts: {self._parts_label()}")

    @on(Input.Submitted, "#prompt")
    def _on_submit(self, event: Input.Submitted) -> None:
        sampling = self.form.sampling()
        prompt = event.value.strip()
        if self.busy:
            self.notify("The model is still generating. Press Esc to stop it.")
            return
        if not prompt or sampling is None:
            return
        self.query_one(Prompt).remember(prompt)
        self._set_busy(True)
        self._answer(prompt, sampling)

    @work(group="talk", exclusive=True)
    async def _answer(self, prompt: str, sampling: Sampling) -> None:
        session = self.session = self.session or self._new_session()
        await self._add(f"› {prompt}", "asked")
        answer = await self._add("…", "answer")
        self.speed.update("● reading the prompt…")
        text, token, drawn = "", None, 0.0
        try:
            async with contextlib.aclosing(session.generate(prompt, sampling)) as stream:
                async for token in stream:
                    text += token.text
                    if token.finish or monotonic() - drawn > DRAW_INTERVAL:
                        self._draw(answer, text, token)
                        drawn = monotonic()
                    # Lets the app handle keys between the tokens of a fast model.
                    await asyncio.sleep(0)
        except SessionError as error:
            await self._add(str(error), "problem")
        else:
            for note in session.notes:
                await self._add(note, "note")
        finally:
            self._set_busy(False)
            if token is None:
                self.speed.update("")
                answer.update("(no answer)")
            elif token.finish is None:
                self._draw(answer, text, token)
                self.speed.update(f"{_speed(token)} · stopped")

    def _draw(self, answer: Static, text: str, token: Token) -> None:
        at_end = self.transcript.is_vertical_scroll_end
        answer.update(Content(clean(text)))
        if at_end:
            self.transcript.scroll_end(animate=False)
        self.tokens.show(token)
        self.speed.update(_speed(token))

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        if self.is_attached and self.app.is_running:
            self.refresh_bindings()

    async def _add(self, text: str, kind: str) -> Static:
        line = Static(Content(clean(text)), classes=kind)
        if self.transcript.is_attached and self.app.is_running:
            await self.transcript.mount(line)
            self.transcript.scroll_end(animate=False)
        return line

    def action_stop(self) -> None:
        panel = self.query_one(DownloadPanel)
        if panel.downloading:
            panel.stop()
        elif self.busy and self.session is not None:
            self.session.cancel()

    def action_greedy(self) -> None:
        self.form.toggle_greedy()

    async def action_clear(self) -> None:
        await self.transcript.remove_children()
        self.tokens.show(None)
        self.speed.update("")

    def action_parts(self) -> None:
        if self.busy:
            self.notify("Press Esc to stop the generation first.")
            return
        self.parts = "mine" if self.parts == "reference" else "reference"
        self._load()

    async def on_unmount(self) -> None:
        if self.session is not None:
            await self.session.close()


def _info() -> store.ModelInfo:
    return next(model for model in store.models() if model.name == MODEL)


def _speed(token: Token) -> str:
    finish = f" · {ENDS.get(token.finish, token.finish)}" if token.finish else ""
    return f"{token.tokens_per_second:.1f} tokens/s · {plural(token.index + 1, 'token')}{finish}"


def _welcome() -> Content:
    return Content.assemble(
        "This model runs on your machine. It is small, so its answers are often wrong: watch how it ",
        "chooses tokens. It does not remember earlier prompts.\n\n",
        'Try: "What is a token?", then the same prompt with temperature 0.1 and with 1.8.',
    )
