"""The Train view: a lab that trains a small model, with curves as they come."""

from __future__ import annotations

from functools import partial
from time import monotonic

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Sparkline, Static

from playground.own_parts import OwnParts, recorded_parts
from playground.parts_catalogue import GPT
from playground.training_messages import Begin
from playground.training_recipe import trainable
from tui.background import start
from tui.formatting import clean
from tui.screens.playground.model_controller import ModelController
from tui.screens.playground.training_run import TrainingRun, continuation
from tui.screens.playground.view import View
from tui.widgets.grpo_form import GrpoForm
from tui.widgets.loss_plot import LossPlot
from tui.widgets.training_form import TrainingForm
from tui.widgets.updates import focus_now

FOLDER = "models"  # in the workspace
DRAW_INTERVAL = 0.3  # seconds
SPARKS = 60  # values in a small curve


class TrainView(View):
    """Trains one model at a time. The training goes on while other views or modes are shown, and ends with the app."""

    NAME = "train"
    NEEDS_MODEL = False
    CURVES = "training", "validation"
    SMALL: tuple[tuple[str, str], ...] = (("rates", "learning rate"), ("norms", "gradient norm"))
    BINDINGS = [
        Binding("ctrl+s", "start", "Start", id="train.start", tooltip="Start the training, or continue a stopped one"),
        Binding("ctrl+y", "pause", "Pause", id="train.pause", tooltip="Pause the training, or let it go on"),
        Binding("escape", "stop", "Stop", id="train.stop", tooltip="Save a checkpoint and stop"),
        Binding("ctrl+o", "talk", "Talk to it", id="train.talk", tooltip="Open the trained model in Talk"),
    ]

    def __init__(self, controller: ModelController) -> None:
        super().__init__(controller)
        self.folder = controller.learner.workspace.root / FOLDER
        self.run: TrainingRun = self._new_run()
        self.form: TrainingForm | GrpoForm = self._new_form()
        self.plot = LossPlot(*self.CURVES)
        self.status = Static(id="train-status", markup=False)
        self.sample = Static("What the model writes appears here.", id="train-sample", markup=False)
        self._drawn, self._drawn_state = 0.0, self.run.state
        self._pending = False

    def compose(self) -> ComposeResult:
        buttons = Horizontal(
            Button("Start", id="start", compact=True, variant="primary"),
            Button("Pause", id="pause", compact=True),
            Button("Stop", id="stop", compact=True),
            Button("Talk", id="talk-to-it", compact=True),
            id="train-buttons",
        )
        small = Vertical(
            *(Horizontal(Static(label, classes="small"), Sparkline(id=id), classes="row") for id, label in self.SMALL),
            id="small-curves",
        )
        left = VerticalScroll(self.form, buttons, small, id="train-left", can_focus=False)
        right = Vertical(self.status, self.plot, self.sample, id="train-right")
        yield Horizontal(left, right, id="train")

    def enter(self) -> None:
        if fields := self.form.query(Input):
            focus_now(fields.first())
        self._draw()

    def _new_run(self) -> TrainingRun:
        return TrainingRun(self._on_event)

    def _new_form(self) -> TrainingForm | GrpoForm:
        return TrainingForm(self._free_name())

    # What the user does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "start":
                return not self.run.active
            case "pause":
                return self.run.state in ("training", "paused")
            case "stop":
                return self.run.active
            case "talk":
                return self.run.saved is not None and self.run.state != "preparing"
        return True

    def action_start(self) -> None:
        """Starts a new training, or continues the one in the folder with the given name."""
        assert isinstance(self.form, TrainingForm)
        recipe = self.form.recipe()
        if recipe is None or self.run.active:
            return
        out = self.folder / self.form.name_value
        own = OwnParts(self.controller.learner.workspace)
        if self.form.with_own_parts:
            recipe = replace(recipe, parts=trainable(own.passed(GPT)))
            if not recipe.parts:
                self.notify("You have passed no exercise whose part can be trained, so all are the reference's.")
        begin = continuation(out, recipe) or Begin(str(out), recipe)
        used = recorded_parts(out) if begin.recipe is None else recipe.parts
        begin = replace(begin, files=own.files(used.values()))
        start(self.screen, partial(self.run.run, begin), "training")

    def action_pause(self) -> None:
        self.run.toggle_pause()

    def action_stop(self) -> None:
        self.run.stop()

    async def action_talk(self) -> None:
        """Opens the trained model in Talk."""
        if self.run.out is not None:
            self.controller.choose(str(self.run.out))
            await self.screen.run_action("view('talk')")

    @on(Button.Pressed)
    async def _on_button(self, event: Button.Pressed) -> None:
        event.stop()
        action = {"start": "start", "pause": "pause", "stop": "stop", "talk-to-it": "talk"}[event.button.id or ""]
        await self.run_action(action)

    async def on_unmount(self) -> None:
        await self.run.close()

    # What the training reports

    def _on_event(self) -> None:
        """Draws a change of the state at once, and other events at most every DRAW_INTERVAL."""
        if not self.is_attached or not self.app.is_running:
            return
        wait = self._drawn + DRAW_INTERVAL - monotonic()
        if wait <= 0 or self.run.state != self._drawn_state:
            self._draw()
        elif not self._pending:
            self._pending = True
            self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        run = self.run
        self._pending, self._drawn, self._drawn_state = False, monotonic(), run.state
        self.status.update(Content(clean(self._status())))
        if self.display and self.screen.is_current:
            self._draw_curves()
        if text := self._written():
            self.sample.update(Content(clean(text)))
        for id, action in (("start", "start"), ("pause", "pause"), ("stop", "stop"), ("talk-to-it", "talk")):
            self.query_one(f"#{id}", Button).disabled = not self.check_action(action, ())
        self.query_one("#pause", Button).label = "Go on" if run.state == "paused" else "Pause"
        self.screen.refresh_bindings()

    def _draw_curves(self) -> None:
        steps = self.run.steps[-SPARKS:]
        self.plot.show(self.run.losses, self.run.validation)
        self.query_one("#rates", Sparkline).data = [step.lr for step in steps]
        self.query_one("#norms", Sparkline).data = [step.gradient_norm for step in steps]

    def _written(self) -> str:
        """Returns what the model wrote last, or "" if it has written nothing yet."""
        sample = self.run.sample
        return f"{sample.prompt}{sample.text}".strip() if sample is not None else ""

    def _status(self) -> str:
        return _status(self.run)

    def _free_name(self, stem: str = "model") -> str:
        number = 1
        while (self.folder / f"{stem}-{number}").exists():
            number += 1
        return f"{stem}-{number}"


def _status(run: TrainingRun) -> str:
    """Returns the state and the figures in two or three lines."""
    if run.state == "idle":
        return "Choose a text and a size, then press Start: the curves appear here.\nThe model learns on this machine."
    lines = []
    head = {"preparing": f"Preparing: {run.message} …", "training": "Training", "paused": "Paused, with a checkpoint",
            "stopping": "Stopping after this step, with a checkpoint …", "finished": "Finished",
            "stopped": run.stopped_text, "failed": run.message}[run.state]  # fmt: skip
    if run.steps:
        last = run.steps[-1]
        total = f" of {run.prepared.steps:,}" if run.prepared and run.prepared.steps else ""
        lines.append(f"{head} · step {last.step:,}{total} · {last.done:.0%}" if run.state != "failed" else head)
        validation = f" · validation {run.validation[-1][1]:.3f}" if run.validation else ""
        lines.append(f"loss {last.loss:.3f}{validation}")
        speed = f"{last.tokens_per_second:,.0f} tokens/s"
        lines.append(f"lr {last.lr:.1e} · gradient {last.gradient_norm:.2f} · {speed}")
    else:
        lines.append(head)
    if run.message and run.state in ("training", "paused", "finished"):
        lines.append(run.message)
    return "\n".join(lines)
