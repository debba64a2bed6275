"""The Parts view: whose each part of the model is, and what the learner's parts change."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from exercises.exercise import Exercise
from playground.own_parts import STATE_WORDS, OwnParts, Supply, applicable
from playground.parts_catalogue import Part, parts_from, parts_of
from playground.session import SessionError
from tui.checking import CheckState
from tui.formatting import clean
from tui.screens.playground.model_controller import ModelController, State
from tui.screens.playground.view import View
from tui.widgets.comparison_panel import ComparisonPanel
from tui.widgets.updates import focus_now, set_text

TITLE = 24
WELCOME = (
    "Space gives a part to you or back to the reference, and shows what changes: the text, the loss, the "
    "probabilities, and the first layer whose output differs. Broken parts teach, too."
)


class PartsList(OptionList):
    """The list of parts; the page keys scroll the result beside it."""

    BINDINGS = [
        Binding("enter", "select", "Exercise", id="parts.exercise", tooltip="Open the part's exercise in Practice"),
        Binding("pageup", "scroll_result(-1)", "Scroll up", show=False),
        Binding("pagedown", "scroll_result(1)", "Scroll down", show=False),
    ]

    def action_scroll_result(self, pages: int) -> None:
        result = self.screen.query_one("#parts-right")
        result.scroll_relative(y=pages * (result.size.height - 2), animate=False)


class PartsView(View):
    """Lists the model's parts. A part is switched with Space, and then the model is compared with the reference's."""

    NAME = "parts"
    BINDINGS = [
        Binding("space", "switch", "Switch", id="parts.switch", tooltip="Give the part to you, or to the reference"),
        Binding("a", "all", "All mine", id="parts.all", tooltip="Use all your parts that have passed"),
        Binding("r", "reference", "Reference", id="parts.reference", tooltip="Use the reference's parts only"),
        Binding("c", "compare", "Compare", id="parts.compare", tooltip="Compare your parts with the reference's again"),
        Binding("escape", "stop", "Stop", id="parts.stop", tooltip="Stop the comparison"),
    ]

    def __init__(self, controller: ModelController) -> None:
        super().__init__(controller)
        self.own = OwnParts(controller.learner.workspace)
        self.list = PartsList(id="parts-list")
        self.about = Static(id="part-about")
        self.result = ComparisonPanel(id="comparison")
        self.wants_comparison = False  # when the model is loaded

    def compose(self) -> ComposeResult:
        yield Horizontal(
            self.list, VerticalScroll(self.about, self.result, id="parts-right", can_focus=False), id="parts-body"
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.course_app.checker.saved.subscribe(self, lambda _: self._read_files())
        self.course_app.checker.changed.subscribe(self, self._on_check)
        self.show_parts()
        self.result.show_message(WELCOME)

    def enter(self) -> None:
        self._read_files()
        focus_now(self.list)

    def _read_files(self) -> None:
        """Shows the learner's files as they are now."""
        self.own = OwnParts(self.controller.learner.workspace)
        self.show_parts()

    def _on_check(self, state: CheckState) -> None:
        if state.phase == "done":
            self._read_files()

    def leave(self) -> None:
        self.wants_comparison = False

    @property
    def parts(self) -> tuple[Part, ...]:
        return parts_of(self.controller.architecture)

    @property
    def part(self) -> Part | None:
        """The highlighted part."""
        at = self.list.highlighted
        return self.parts[at] if at is not None and at < len(self.parts) else None

    def show_parts(self) -> None:
        """Draws the list and the description of the highlighted part."""
        at = self.list.highlighted or 0
        choices = self.controller.choices
        wide = self.screen.has_class("-wide")
        self.list.clear_options()
        self.list.add_options(
            Option(_row(part, self.own.supplies(part), choices.get(part.id), self._unused(part), wide))
            for part in self.parts
        )
        self.list.highlighted = min(at, len(self.parts) - 1)
        self._show_part()

    def _unused(self, part: Part) -> bool:
        session = self.controller.session
        return session is not None and any(use.id == part.id and not use.used for use in session.parts)

    @on(OptionList.OptionHighlighted)
    def _show_part(self) -> None:
        if (part := self.part) is not None:
            set_text(self.about, _about(part, self.own.supplies(part), self.controller.choices.get(part.id)))
            self.refresh_bindings()

    async def model_changed(self, state: State) -> None:
        self.show_parts()
        if state == "failed":
            self.result.show_message(self.controller.problem, "$text-error")
        elif state == "ready" and self.wants_comparison and not self.controller.busy:
            self.action_compare()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        busy = self.controller.busy
        match action:
            case "switch":
                return None if busy or self._next_owner() is None else True
            case "stop":
                return busy
            case "compare" | "reference":
                return (not busy and bool(self.controller.choices)) or None
        return True

    # Choosing

    def _next_owner(self) -> str | None:
        """Returns the owner after the present one: the exercises with a file, then the reference (""); None if there
        is only the reference."""
        if (part := self.part) is None:
            return None
        owners = ["", *(supply.exercise.id for supply in _available(self.own.supplies(part)))]
        present = self.controller.choices.get(part.id, "")
        if len(owners) == 1 and not present:
            return None
        return owners[(owners.index(present) + 1) % len(owners)] if present in owners else ""

    def action_switch(self) -> None:
        owner, part = self._next_owner(), self.part
        if owner is None or part is None:
            return
        choices = {id: exercise for id, exercise in self.controller.choices.items() if id != part.id}
        self._choose(choices | ({part.id: owner} if owner else {}))

    def action_all(self) -> None:
        passed = self.own.passed(self.controller.architecture)
        if passed:
            self._choose(passed)
        else:
            self.notify("You have passed no exercise yet that supplies a part of this model.")

    def action_reference(self) -> None:
        self._choose({})

    def try_live(self, exercise: Exercise) -> None:
        """Gives the parts that an exercise supplies to the learner, and compares."""
        self.own = OwnParts(self.controller.learner.workspace)
        ids = {part.id: exercise.id for part in parts_from(exercise.id)}
        mine = applicable(self.controller.architecture, ids)
        if mine:
            self.list.highlighted = [part.id for part in self.parts].index(next(iter(mine)))
        self._choose(self.controller.choices | mine)

    def _choose(self, choices: dict[str, str]) -> None:
        if (problem := self.controller.choose_parts(choices)) is not None:
            self.notify(problem, severity="warning", markup=False)
        self.show_parts()
        self.action_compare()

    # Comparing

    def action_compare(self) -> None:
        if self.controller.busy:
            return
        if self.controller.state != "ready":
            self.wants_comparison = True
            self.result.show_message("● loading the model…")
            self.controller.ensure_loaded()
            return
        self.wants_comparison = False
        self._compare()

    @work(group="parts", exclusive=True)
    async def _compare(self) -> None:
        self.result.show_message("● comparing with the reference… (Esc stops)")
        try:
            comparison = await self.controller.compare_parts()
        except SessionError as error:
            self.result.show_message(f"{error}{self.controller.give_back(error)}", "bold $text-error")
        else:
            if comparison is None:
                self.result.show_message("Stopped. The model has your choice of parts.")
            else:
                self.result.show_comparison(comparison)
                self.query_one("#parts-right").scroll_home(animate=False)
        self._show_faults()
        self.show_parts()

    def _show_faults(self) -> None:
        session = self.controller.session
        for fault in session.faults if session is not None else ():
            self.notify(clean(fault.message), severity="warning", markup=False, timeout=20)

    def action_stop(self) -> None:
        if self.controller.session is not None:
            self.controller.session.cancel()

    # Exercises

    def _exercise(self) -> Exercise | None:
        """Returns the exercise that supplies the part: the chosen one, else the first that has not passed."""
        if (part := self.part) is None:
            return None
        supplies = self.own.supplies(part)
        chosen = self.controller.choices.get(part.id)
        open_ones = [supply for supply in supplies if supply.exercise.id == chosen or supply.state != "passed"]
        return next(iter([*open_ones, *supplies])).exercise if supplies else None

    @on(OptionList.OptionSelected)
    def _open_exercise(self) -> None:
        if (exercise := self._exercise()) is not None:
            self.course_app.open_exercise(exercise)


def _available(supplies: list[Supply]) -> list[Supply]:
    """Returns the supplies with a file, those that passed first."""
    order = ("passed", "changed", "written")
    return sorted((s for s in supplies if s.state != "none"), key=lambda supply: order.index(supply.state))


def _row(part: Part, supplies: list[Supply], chosen: str | None, unused: bool, wide: bool) -> Content:
    """Returns a mark for the part's owner, its title and, where it fits, the owner."""
    state = next((supply.state for supply in supplies if supply.exercise.id == chosen), None)
    available = _available(supplies)
    if chosen is not None and unused:
        mark, word, style = "◌", "unused", "$foreground-muted"
    elif chosen is not None and state == "passed":
        mark, word, style = "●", "yours", "$text-success"
    elif chosen is not None:
        mark, word, style = "◐", "not passed", "$text-warning"
    elif available:
        mark, word, style = "○", "reference", ""
    else:
        mark, word, style = "·", "nothing yet", "$foreground-muted"
    title = (part.title.ljust(TITLE), "bold" if chosen is not None else style)
    return Content.assemble((f"{mark} ", f"bold {style}".strip()), title, (word, style) if wide else "")


def _about(part: Part, supplies: list[Supply], chosen: str | None) -> Content:
    """Returns what the part is, and the exercises that supply it."""
    lines = [Content.assemble((part.title, "bold $accent"), (f"  {part.where}", "$foreground-muted"))]
    for supply in supplies:
        mark = "● " if supply.exercise.id == chosen else "  "
        style = "$text-success" if supply.state == "passed" else "$text-warning"
        lines.append(
            Content.assemble((mark, "bold $accent"), supply.exercise.title, (f"  {STATE_WORDS[supply.state]}", style))
        )
    if chosen is None and not _available(supplies):
        lines.append(Content.styled("Enter opens the exercise that supplies it.", "$foreground-muted"))
    return Content("\n").join(lines)
