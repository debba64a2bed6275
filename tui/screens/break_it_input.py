"""The dialog that runs a peer's code on an input: a form for a probe's arguments, and the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from cowork.rooms.break_it import Attempts
from cowork.rooms.submissions import Submissions
from exercises import inputs
from tui.app_types import CourseAppMixin
from tui.formatting import clean, plural
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.rooms.base import Command
    from cowork.rooms.break_it import Attempt
    from cowork.rooms.submissions import Submission

MUTED = "$foreground-muted"


class BreakItDialog(CourseAppMixin, ModalScreen[None]):
    """Shows a form with the arguments of the probe and the results of the latest attempts."""

    CSS_PATH = ["cowork_dialogs.tcss", "break_it_input.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "submit", "Run", id="attempt.try", tooltip="Run their code and the reference on this input"),
        Binding("ctrl+r", "random", "Random", id="attempt.chance", tooltip="Run their code on 50 random inputs"),
        Binding("escape", "app.pop_screen", "Close", id="attempt.close"),
    ]

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission
        self.probe: inputs.Probe | None = None

    @property
    def probes(self) -> dict[str, inputs.Probe]:
        return inputs.probes(self.course_app.learner.course.exercise(self.submission.exercise))

    def compose(self) -> ComposeResult:
        probes = self.probes
        with Vertical(classes="dialog"):
            title = f"Break {clean(self.submission.name)}'s {self.submission.exercise}"
            yield Static(title, classes="heading", markup=False)
            if len(probes) > 1:
                yield Select(
                    [(name, name) for name in probes], value=next(iter(probes)), allow_blank=False, compact=True
                )
            yield Static(id="probe-summary", markup=False)
            yield Vertical(id="fields")
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Run (ctrl+s)", id="submit", variant="primary", compact=True)
                yield Button("Random (ctrl+r)", id="random", compact=True)
            with VerticalScroll(id="answers-of"):
                yield Static(id="answer")
            yield KeyBar()

    async def on_mount(self) -> None:
        self.course_app.cowork.changed.subscribe(self, lambda _: self._draw())
        await self._select_probe(next(iter(self.probes)))
        self._draw()

    @on(Select.Changed)
    async def _on_probe_selected(self, event: Select.Changed) -> None:
        await self._select_probe(str(event.value))

    async def _select_probe(self, name: str) -> None:
        probe = self.probes[name]
        if probe == self.probe:
            return
        self.probe = probe
        set_text(self.query_one("#probe-summary", Static), Content.styled(f"{name}: {probe.summary}", MUTED))
        fields = self.query_one("#fields", Vertical)
        await fields.remove_children()
        await fields.mount(
            *(Horizontal(Label(arg.name), _field(arg), Label(_bounds(arg), classes="bounds"), classes="field")
              for arg in probe.arguments)
        )  # fmt: skip
        self.query(Input).first().focus()

    def _arguments(self) -> inputs.Arguments | None:
        """Returns the values of the fields; shows a message and returns None if one is invalid."""
        assert self.probe is not None
        arguments: dict[str, Any] = {}
        for argument in self.probe.arguments:
            field = self.query_one(f"#in-{argument.name}", Input)
            try:
                arguments[argument.name] = inputs.parse_value(argument, field.value)
            except inputs.InvalidInput as error:
                self._show_problem(str(error))
                field.focus()
                return None
        self._show_problem("")
        return arguments

    def _show_problem(self, text: str) -> None:
        set_text(self.query_one("#problem", Static), text)

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_submit(self) -> None:
        from cowork.rooms.break_it import TryInput

        if self.probe is not None and (arguments := self._arguments()) is not None:
            self._send(TryInput(self.submission.id, self.probe.name, arguments))

    @on(Button.Pressed, "#random")
    def action_random(self) -> None:
        from cowork.rooms.break_it import TryRandomInputs

        if self.probe is not None:
            self._send(TryRandomInputs(self.submission.id, self.probe.name))

    @work(group="attempt", exclusive=True)
    async def _send(self, command: Command) -> None:
        if await self.course_app.cowork.do(command):
            self._draw(getattr(command, "arguments", None))

    def _draw(self, arguments: inputs.Arguments | None = None) -> None:
        """Shows the attempts, newest first, starting with the one that has these arguments."""
        room = self.course_app.cowork.room
        if room is None or self.submission.id not in room[Submissions].all:
            return
        attempts = room[Attempts].on(self.submission.id)
        if arguments is not None:
            # an attempt that was made before comes first again
            attempts.sort(key=lambda attempt: attempt.arguments == arguments)
        cards = [card(attempt) for attempt in reversed(attempts[-12:])]
        empty = Content.styled("No attempts yet.", MUTED)
        set_text(self.query_one("#answer", Static), Content("\n\n").join(cards) if cards else empty)


def card(attempt: Attempt) -> Content:
    """Formats the result of an attempt."""
    from cowork.rooms.break_it import format_call

    call = (
        format_call(attempt.probe, attempt.arguments)
        if attempt.arguments is not None
        else f"{attempt.probe}, {attempt.tries} random inputs"
    )
    head = Content.assemble((clean(attempt.name), "bold"), f" ran {clean(call)}")
    match attempt.outcome:
        case None:
            return Content.assemble(("● ", "$text-accent"), head, "\n", ("running in the hub's sandbox…", MUTED))
        case "survived":
            count = f" ({plural(attempt.tried, 'input')})" if attempt.tried > 1 else ""
            words = f"Passed{count}: it agrees with the reference."
            return Content.assemble(("✓ ", "bold $text-success"), head, "\n", (words, "$text-success"))
        case "invalid":
            return Content.assemble(("– ", MUTED), head, "\n", (f"Invalid: {clean(attempt.says)}", MUTED))
    smallest = format_call(attempt.probe, attempt.smallest) if attempt.smallest is not None else call
    return Content.assemble(
        ("✗ ", "bold $text-error"), head,
        ("\nBroken! The smallest input that breaks it: ", "bold $text-error"), (clean(smallest), "$accent"),
        ("\ntheirs     ", MUTED), clean(attempt.theirs or attempt.says),
        ("\nreference  ", MUTED), clean(attempt.expected),
    )  # fmt: skip


def _field(argument: inputs.Argument) -> Input:
    default = list(argument.default) if isinstance(argument.default, tuple) else argument.default
    kind: Any = "integer" if isinstance(argument, inputs.IntArgument) else "text"
    return Input(inputs.format_value(default), id=f"in-{argument.name}", type=kind, compact=True)


def _bounds(argument: inputs.Argument) -> str:
    match argument:
        case inputs.IntArgument():
            return f"{argument.low} to {argument.high}"
        case inputs.TextArgument():
            return f"{argument.shortest} to {argument.longest} characters, also \\n, \\t, \\u0301"
    return f"{argument.shortest} to {argument.longest} numbers, {argument.low} to {argument.high}"
