"""The dialog that tries an exercise's file on real data and shows the drawings."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from engine.errors import EngineError
from exercises import inputs
from exercises.drawings import AnyDrawing, Curves
from exercises.exercise import Exercise
from exercises.tries import Setting, SettingValue, Try, parse_setting
from grader.errors import GraderError
from learner.errors import LearnerError
from playground.tryout.client import TryFailed, run_try
from playground.tryout.sources import TriedSource, own_source, reference_of
from tui.app_types import CourseAppMixin
from tui.background import start
from tui.drawings import palette
from tui.drawings.render import caption, heading, rendered
from tui.formatting import clean
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text


class TryDialog(CourseAppMixin, ModalScreen[None]):
    """Shows a try of the learner's file, or of the reference's; its settings are fields above the drawings."""

    CSS_PATH = ["dialogs.tcss", "try_it.tcss"]
    AUTO_FOCUS = "#paper"
    BINDINGS = [
        Binding("r", "again", "Again", id="try.again", tooltip="Read your file and run it again"),
        Binding("f", "switch", "Yours/Reference", id="try.switch", tooltip="Try the reference's code, or yours again"),
        Binding("tab", "settings", "Settings", id="try.settings", tooltip="Change the text and the settings"),
        Binding("escape", "app.pop_screen", "Close", id="try.close"),
        Binding("q", "app.pop_screen", "Close", show=False),
    ]

    def __init__(self, exercise: Exercise, attempt: Try) -> None:
        super().__init__()
        self.exercise, self.attempt = exercise, attempt
        self.reference = False
        self.drawings: list[AnyDrawing] = []
        self.printed = ""  # by the learner's code

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet", classes="-full"):
            yield Static(f"Try it: {self.exercise.title}", classes="heading", markup=False)
            with Vertical(id="fields"):
                for setting in self.attempt.settings:
                    yield Horizontal(
                        Label(setting.name),
                        _field(setting),
                        Label(_bounds(setting), classes="bounds"),
                        classes="field",
                    )
            yield Static(id="status", markup=False)
            yield VerticalScroll(id="paper")
            yield KeyBar()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda theme: start(self, self._draw, "draw"))
        self.action_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.attempt.settings) if action == "settings" else True

    def action_settings(self) -> None:
        self.focus_next()

    def action_again(self) -> None:
        start(self, self._try, "try")

    def action_switch(self) -> None:
        self.reference = not self.reference
        self.action_again()

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        self.action_again()

    async def _try(self) -> None:
        """Runs the try and shows its drawings, or what went wrong."""
        settings = self._settings()
        if settings is None:
            return
        try:
            tried = self._source()
        except LearnerError as error:
            self._set_status("✗", str(error), "$text-error")
            return
        ready = self.course_app.grader.engine.ready.is_set()
        self._set_status("●", f"{tried.label}: {'running…' if ready else 'waiting for torch to load…'}", "$text-accent")
        self.printed = ""
        try:
            engine = self.course_app.grader.engine
            result = await run_try(engine, self.exercise, self.attempt, tried.content, settings)
        except TryFailed as error:
            self.drawings, self.printed = [], error.printed
            self._set_status("✗", f"{tried.label}: {error}", "$text-error")
        except (GraderError, EngineError) as error:
            self.drawings = []
            self._set_status("✗", str(error), "$text-error")
        else:
            self.drawings, self.printed = result.drawings, result.printed
            mark, colour = ("✓", "$text-success") if tried.passed else ("◐", "$text-warning")
            self._set_status(mark, tried.label, colour)
        await self._draw()
        self.query_one("#paper").scroll_home(animate=False)

    def _source(self) -> TriedSource:
        workspace = self.course_app.learner.workspace
        return reference_of(self.exercise) if self.reference else own_source(workspace, self.exercise)

    def _settings(self) -> dict[str, SettingValue] | None:
        """Returns the values of the fields; says which is invalid and returns None if one is."""
        values: dict[str, SettingValue] = {}
        for setting in self.attempt.settings:
            field = self.query_one(f"#in-{setting.name}", Input)
            try:
                values[setting.name] = parse_setting(setting, field.value)
            except inputs.InvalidInput as error:
                self._set_status("✗", str(error), "$text-error")
                field.focus()
                return None
        return values

    def _set_status(self, mark: str, text: str, colour: str) -> None:
        set_text(self.query_one("#status", Static), Content.assemble((f"{mark} ", f"bold {colour}"), clean(text)))

    async def _draw(self) -> None:
        colours = palette.of_theme(self.app.current_theme)
        paper = self.query_one("#paper")
        async with paper.batch():
            await paper.remove_children()
            await paper.mount(*(widget for drawing in self.drawings for widget in _widgets(drawing, colours)))
            if self.printed:
                await paper.mount(Static(Content.assemble(("Your code printed:\n", "bold"), self.printed)))


def _widgets(drawing: AnyDrawing, colours: palette.Palette) -> Iterator[Widget]:
    """Yields the widgets of a drawing."""
    if not isinstance(drawing, Curves):
        yield Static(rendered(drawing, colours), classes="drawing")
        return
    from tui.widgets.curves_plot import CurvesPlot

    yield Static(heading(drawing, colours))
    yield CurvesPlot(drawing, colours)
    yield Static(caption(drawing, colours), classes="drawing")


def _field(setting: Setting) -> Input:
    field = Input(str(setting.default), id=f"in-{setting.name}", compact=True, select_on_focus=True)
    field.tooltip = setting.description().capitalize()
    return field


def _bounds(setting: Setting) -> str:
    return "" if isinstance(setting, inputs.TextArgument) else f"{setting.low:,g} to {setting.high:,g}"
