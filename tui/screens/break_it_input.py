"""An input for a peer's code: chosen within the probe's bounds, run by the hub, answered with a card."""

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
    """A form made from the probe's arguments; under it the last answer."""

    CSS_PATH = ["cowork_dialogs.tcss", "break_it_input.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "put", "Try it", id="attempt.try", tooltip="Run their code and the reference on this input"),
        Binding("ctrl+r", "chance", "By chance", id="attempt.chance", tooltip="The hub tries 50 inputs by chance"),
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
            yield Static(id="probe-says", markup=False)
            yield Vertical(id="fields")
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Try it (ctrl+s)", id="put", variant="primary", compact=True)
                yield Button("By chance (ctrl+r)", id="chance", compact=True)
            with VerticalScroll(id="answers-of"):
                yield Static(id="answer")
            yield KeyBar()

    async def on_mount(self) -> None:
        self.course_app.cowork.changed.subscribe(self, lambda _: self._draw())
        await self._choose(next(iter(self.probes)))
        self._draw()

    @on(Select.Changed)
    async def _chosen(self, event: Select.Changed) -> None:
        await self._choose(str(event.value))

    async def _choose(self, name: str) -> None:
        probe = self.probes[name]
        if probe == self.probe:
            return
        self.probe = probe
        set_text(self.query_one("#probe-says", Static), Content.styled(f"{name}: {probe.summary}", MUTED))
        fields = self.query_one("#fields", Vertical)
        await fields.remove_children()
        await fields.mount(
            *(Horizontal(Label(one.name), _field(one), Label(_bounds(one), classes="bounds"), classes="field")
              for one in probe.arguments)
        )  # fmt: skip
        self.query(Input).first().focus()

    def _arguments(self) -> inputs.Arguments | None:
        """What the fields hold; None where one does not hold what it should, which is said."""
        assert self.probe is not None
        given: dict[str, Any] = {}
        for one in self.probe.arguments:
            field = self.query_one(f"#in-{one.name}", Input)
            try:
                given[one.name] = inputs.parse_value(one, field.value)
            except inputs.InvalidInput as error:
                self._say(str(error))
                field.focus()
                return None
        self._say("")
        return given

    def _say(self, text: str) -> None:
        set_text(self.query_one("#problem", Static), text)

    @on(Input.Submitted)
    @on(Button.Pressed, "#put")
    def action_put(self) -> None:
        from cowork.rooms.break_it import TryInput

        if self.probe is not None and (arguments := self._arguments()) is not None:
            self._send(TryInput(self.submission.id, self.probe.name, arguments))

    @on(Button.Pressed, "#chance")
    def action_chance(self) -> None:
        from cowork.rooms.break_it import TryRandomInputs

        if self.probe is not None:
            self._send(TryRandomInputs(self.submission.id, self.probe.name))

    @work(group="attempt", exclusive=True)
    async def _send(self, command: Command) -> None:
        if await self.course_app.cowork.do(command):
            self._draw(getattr(command, "arguments", None))

    def _draw(self, arguments: inputs.Arguments | None = None) -> None:
        """The answer to these arguments, else the latest; below it what was tried before."""
        room = self.course_app.cowork.room
        if room is None or self.submission.id not in room[Submissions].all:
            return
        attempts = room[Attempts].on(self.submission.id)
        if arguments is not None:
            # one that was tried before comes first again
            attempts.sort(key=lambda one: one.arguments == arguments)
        cards = [card(attempt) for attempt in reversed(attempts[-12:])]
        none = Content.styled("Nobody has tried this one yet.", MUTED)
        set_text(self.query_one("#answer", Static), Content("\n\n").join(cards) if cards else none)


def card(one: Attempt) -> Content:
    """What came of an attempt."""
    from cowork.rooms.break_it import format_call

    call = (
        format_call(one.probe, one.arguments)
        if one.arguments is not None
        else f"{one.probe}, {one.tries} inputs by chance"
    )
    head = Content.assemble((clean(one.name), "bold"), f" put {clean(call)}")
    match one.outcome:
        case None:
            return Content.assemble(("● ", "$text-accent"), head, "\n", ("running in the hub's sandbox…", MUTED))
        case "survived":
            many_tried = f" ({plural(one.tried, 'input')})" if one.tried > 1 else ""
            words = f"Survived{many_tried}: theirs and the reference agree."
            return Content.assemble(("✓ ", "bold $text-success"), head, "\n", (words, "$text-success"))
        case "invalid":
            return Content.assemble(("– ", MUTED), head, "\n", (f"Invalid: {clean(one.says)}", MUTED))
    smallest = format_call(one.probe, one.smallest) if one.smallest is not None else call
    return Content.assemble(
        ("✗ ", "bold $text-error"), head,
        ("\nBroke! The smallest input that does it: ", "bold $text-error"), (clean(smallest), "$accent"),
        ("\ntheirs     ", MUTED), clean(one.theirs or one.says),
        ("\nreference  ", MUTED), clean(one.expected),
    )  # fmt: skip


def _field(one: inputs.Argument) -> Input:
    default = list(one.default) if isinstance(one.default, tuple) else one.default
    kind: Any = "integer" if isinstance(one, inputs.IntArgument) else "text"
    return Input(inputs.format_value(default), id=f"in-{one.name}", type=kind, compact=True)


def _bounds(one: inputs.Argument) -> str:
    match one:
        case inputs.IntArgument():
            return f"{one.low} to {one.high}"
        case inputs.TextArgument():
            return f"{one.shortest} to {one.longest} characters, also \\n, \\t, \\u0301"
    return f"{one.shortest} to {one.longest} numbers, {one.low} to {one.high}"
