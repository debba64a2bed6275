"""The Talk view: prompts the model, shows how it chooses each token, and sets its sampling."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Checkbox, Input, Static

from playground.conversation import Conversation
from playground.session import Sampling, Session, SessionError, Token
from tui.formatting import clean, plural
from tui.screens.playground.model_controller import ModelController, State
from tui.screens.playground.view import View
from tui.widgets.next_tokens import NextTokens
from tui.widgets.prompt import Prompt
from tui.widgets.sampling_form import CheckMark, SamplingForm
from tui.widgets.updates import focus_now

ENDS = {"end": "ended", "length": "max tokens", "stop": "stop text"}
KEYS_DELAY = 0.2  # seconds
DRAW_INTERVAL = 0.1  # seconds; a key waits for a drawing that has begun
LINES_AHEAD = 4  # an answer that is generated gets room ahead for this part of the transcript's height


class TalkView(View):
    """A conversation with the model; a model without a chat template continues each prompt alone."""

    NAME = "talk"
    BINDINGS = [
        Binding("escape", "stop", "Stop", id="talk.stop", tooltip="Stop the generation"),
        Binding("ctrl+g", "greedy", "Greedy", id="talk.greedy", tooltip="Switch greedy decoding on or off"),
        Binding(
            "ctrl+l", "clear", "New chat", id="talk.clear", tooltip="Clear the transcript and begin a new conversation"
        ),
        Binding("pageup", "scroll(-1)", "Scroll up", show=False),
        Binding("pagedown", "scroll(1)", "Scroll down", show=False),
    ]

    def __init__(self, controller: ModelController) -> None:
        super().__init__(controller)
        # Stored, because tokens can arrive after the widgets are removed from the screen.
        # It takes no focus, so that letters always go to a field: "q" in a prompt must not quit the app.
        self.welcome = Static(classes="note", markup=False)
        self.transcript = VerticalScroll(self.welcome, id="transcript", can_focus=False)
        self.conversation = Conversation()
        self.talked_to = ""  # the model of the conversation
        self.is_answering = False
        self._is_stopped = False  # before the model was asked
        self._keys_timer: Timer | None = None
        self.speed = Static(id="speed", markup=False)
        self.said: list[str] = []  # about the model's parts, so that it is not repeated
        self.tokens = NextTokens()
        self.form = SamplingForm()
        self.exact = CheckMark("Float32", controller.exact, id="exact", compact=True)
        self.exact.tooltip = "Compute in float32: slower, without the rounding of quantized arithmetic"

    def compose(self) -> ComposeResult:
        left = Vertical(
            self.transcript,
            self.speed,
            Prompt(placeholder="Type a prompt; Enter sends it", id="prompt"),
            id="left",
        )
        yield Horizontal(
            left, VerticalScroll(self.tokens, self.form, self.exact, id="right", can_focus=False), id="talk"
        )

    def enter(self) -> None:
        focus_now(self.query_one("#prompt"))

    async def model_changed(self, state: State) -> None:
        self.exact.display = self.controller.is_quantized
        self._show_waiting()
        info, session = self.controller.info, self.controller.session
        chats = session.chats if session is not None and state == "ready" else None
        self.welcome.update(_welcome(info.example if info is not None else "", chats))
        if state == "failed":
            await self._add(self.controller.problem, "problem")
        elif state == "ready" and session is not None:
            if self.conversation.messages and session.model != self.talked_to:
                self._forget()
                await self._add("A new conversation begins with this model.", "note")
            said = [*(fault.message for fault in session.faults), *session.notes]
            for text in said if said != self.said else ():
                await self._add(text, "note")
            self.said = said

    def _show_waiting(self) -> None:
        """Shows what a prompt waits for: the model, or its first token."""
        reading = "● reading the prompt…" if self.is_answering else ""
        self.speed.update("● loading the model…" if self.controller.state == "loading" else reading)

    def action_scroll(self, pages: int) -> None:
        self.transcript.scroll_relative(y=pages * self.transcript.size.height, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "stop" or self.controller.busy

    @on(Input.Submitted, "#prompt")
    def _on_submit(self, event: Input.Submitted) -> None:
        sampling = self.form.sampling()
        prompt = event.value.strip()
        if self.controller.busy:
            self.notify("The model is still generating. Press Esc to stop it.")
            return
        if not prompt or sampling is None:
            return
        session = self.controller.session
        if session is None:
            self.controller.ensure_loaded()
            self.notify("The model was not loaded. Now it loads: press Enter again in a moment.")
            return
        self.query_one(Prompt).remember(prompt)
        self._is_stopped = False
        self._set_busy(True)
        self._answer(session, prompt, sampling)

    @on(Checkbox.Changed, "#exact")
    def _on_exact(self, event: Checkbox.Changed) -> None:
        self.controller.choose_exact(event.value)

    @work(group="talk", exclusive=True)
    async def _answer(self, session: Session, prompt: str, sampling: Sampling) -> None:
        asked, answer = Static(Content(clean(f"› {prompt}")), classes="asked"), Static("…", classes="answer")
        text, token, drawn = "", None, 0.0
        try:
            if self.transcript.is_attached and self.app.is_running:
                await self.transcript.mount_all([asked, answer])  # in one layout
                self.transcript.scroll_end(animate=False)
            if self._is_stopped:
                return
            self.is_answering = True
            self._show_waiting()
            async with contextlib.aclosing(self.conversation.reply(session, prompt, sampling)) as stream:
                async for token in stream:
                    if token.index == 0:
                        self.talked_to = session.model
                        await self._add_notes(session, answer)
                    text += token.text
                    if token.finish or monotonic() - drawn > DRAW_INTERVAL:
                        self._draw(answer, text, token, is_last=token.finish is not None)
                        self._show_context(self.conversation.context(session))
                        drawn = monotonic()
                    # Lets the app handle keys between the tokens of a fast model.
                    await asyncio.sleep(0)
        except SessionError as error:
            await self._add(f"{error}{self.controller.give_back(error)}", "problem")
        finally:
            self.is_answering = False
            self._set_busy(False)
            if token is None:
                self._show_waiting()
                answer.update("(no answer)")
            elif token.finish is None:
                self._draw(answer, text, token, is_last=True)
                self.speed.update(f"{_speed(token)} · stopped")

    async def _add_notes(self, session: Session, answer: Static) -> None:
        """Adds how the answer deviates from what was asked for, above it."""
        if session.notes and self.transcript.is_attached and self.app.is_running:
            at_end = self.transcript.is_vertical_scroll_end
            await self.transcript.mount_all(
                [Static(Content(clean(note)), classes="note") for note in session.notes], before=answer
            )
            if at_end:  # else the notes would push the answer out of view
                self.transcript.scroll_end(animate=False)

    def _show_context(self, text: str) -> None:
        if self.is_attached and self.app.is_running:
            self.query_one("#prompt").border_subtitle = text

    def _forget(self) -> None:
        self.conversation.clear()
        self._show_context("")

    def _draw(self, answer: Static, text: str, token: Token, is_last: bool = False) -> None:
        """Draws the answer so far. A layout of the screen takes ten times as long as this, and a key would wait for it,
        so the answer's widget has room for some lines ahead until the last drawing."""
        content = Content(clean(text))
        height = content.get_height({}, max(answer.content_size.width, 1))
        needs_layout = is_last or height > answer.size.height
        at_end = self.transcript.is_vertical_scroll_end
        if needs_layout:
            answer.styles.min_height = 0 if is_last else height + self.transcript.size.height // LINES_AHEAD
        answer.update(content, layout=needs_layout)
        if at_end and needs_layout:
            self.transcript.scroll_end(animate=False)
        self.tokens.show(token, layout=needs_layout)
        self.speed.update(_speed(token), layout=needs_layout)

    def _set_busy(self, busy: bool) -> None:
        """Says whether an answer is generated. The footer follows later: a small model ends its answer before."""
        self.controller.busy = self.exact.disabled = busy
        if self._keys_timer is not None:
            self._keys_timer.stop()
        if self.is_attached and self.app.is_running:
            self._keys_timer = self.set_timer(KEYS_DELAY, self.refresh_bindings)

    async def _add(self, text: str, kind: str) -> Static:
        line = Static(Content(clean(text)), classes=kind)
        if self.transcript.is_attached and self.app.is_running:
            await self.transcript.mount(line)
            self.transcript.scroll_end(animate=False)
        return line

    def action_stop(self) -> None:
        self._is_stopped = True
        if self.controller.state == "loading":  # the prompt is stopped, not the loading
            if self.is_answering:
                self.workers.cancel_group(self, "talk")
        elif self.controller.session is not None:
            self.controller.session.cancel()

    def action_greedy(self) -> None:
        self.form.toggle_greedy()

    async def action_clear(self) -> None:
        if self.controller.busy:
            self.notify("Press Esc to stop the generation first.")
            return
        self._forget()
        await self.transcript.remove_children()
        self.tokens.show(None)
        self.speed.update("")


def _speed(token: Token) -> str:
    finish = f" · {ENDS.get(token.finish, token.finish)}" if token.finish else ""
    return f"{token.tokens_per_second:.1f} tokens/s · {plural(token.index + 1, 'token')}{finish}"


def _welcome(example: str, chats: bool | None) -> str:
    """Introduces the model; `chats` is None until that is known."""
    memory = ""
    if chats is not None:
        memory = (
            " It reads the whole conversation again with each prompt; Ctrl+L begins a new one."
            if chats
            else " It does not remember earlier prompts."
        )
    example = f'"{example}"' if example else "the beginning of a text"
    return (
        "This model runs on your machine. It is small, so it is often wrong: watch how it chooses tokens."
        f"{memory}\n\nTry: {example}, then the same prompt with temperature 0.1 and with 1.8."
    )
