"""The model that the Playground's views share: the choice, its parts, and the session with its process."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from textual.screen import Screen
from textual.signal import Signal

from engine.client import Engine
from playground import store
from playground.assembly_messages import Comparison
from playground.messages import LearnerFile
from playground.model_folder import TRAINED
from playground.own_parts import OwnParts, applicable
from playground.parts_catalogue import LLAMA, architecture_of
from playground.session import Session, SessionError
from tui.background import start
from tui.comparison import part_names
from tui.learner_context import LearnerContext

State = Literal["absent", "loading", "ready", "failed"]
NICE = 10  # the model's process gives way to the app, which answers keys at once


class ModelController:
    """Loads one model at a time. Views read its attributes, and subscribe to `changed` for the state.

    `busy` is true while a view streams from the session; then the model and its parts do not change.
    """

    def __init__(
        self, screen: Screen[object], learner: LearnerContext, engine: Engine, file: Path | None = None
    ) -> None:
        self.screen = screen
        self.learner = learner
        self.engine = engine
        self.file = file  # a model file that is used instead of an installed model
        self.model = str(file or store.default_model())
        self.exact = False  # computes in float32 instead of with quantized weights
        self.session: Session | None = None
        self.state: State = "absent"
        self.problem = ""
        self.busy = False
        self.changed: Signal[State] = Signal(screen, "playground-model-changed")

    @property
    def models(self) -> list[store.ModelInfo]:
        """The models that can be chosen: those of the catalogue, and those that the learner trained."""
        return [*store.models(), *store.trained_models(self.learner.workspace.root / TRAINED)]

    @property
    def info(self) -> store.ModelInfo | None:
        """The model's entry in the catalogue, None for a file."""
        return next((model for model in self.models if model.name == self.model), None)

    @property
    def title(self) -> str:
        info = self.info
        return info.title if info is not None else Path(self.model).name

    @property
    def absent(self) -> bool:
        """Whether the model must be downloaded first."""
        info = self.info
        return info is not None and not info.installed

    @property
    def architecture(self) -> str:
        """The architecture of the model, which determines its parts."""
        return architecture_of(self.model)

    @property
    def choices(self) -> dict[str, str]:
        """The exercise that supplies each of the model's parts that is the learner's."""
        return applicable(self.architecture, self.learner.settings.parts)

    def parts_label(self) -> str:
        """Returns whose parts the model has, such as "yours: attention, sampler", once it is loaded."""
        if self.state != "ready":
            return "loading…" if self.state == "loading" else "not loaded"
        yours = self.session.yours if self.session else []
        return f"yours: {', '.join(part_names([part]) for part in yours)}" if yours else "parts: reference"

    def choose(self, model: str) -> None:
        """Changes to an installed model, or one that can be downloaded, by its name; loads it if it is installed."""
        if model != self.model:
            self.model = model
            self.reload()

    def choose_parts(self, choices: Mapping[str, str]) -> str | None:
        """Stores the exercise that supplies each part that is the learner's; returns a message if that fails.

        Parts that the model does not have keep their owner. The model has the parts when it is loaded again.
        """
        others = {id: e for id, e in self.learner.settings.parts.items() if not applicable(self.architecture, {id: e})}
        return self.learner.change(parts=others | dict(choices))

    @property
    def is_quantized(self) -> bool:
        """Whether the model's file has quantized weights, so that `exact` makes a difference."""
        return self.architecture == LLAMA

    def choose_exact(self, exact: bool) -> None:
        """Changes the arithmetic, and loads the model again."""
        if exact != self.exact:
            self.exact = exact
            self.reload()

    def ensure_loaded(self) -> None:
        """Loads the model unless it is loaded, is loading or must be downloaded first."""
        if self.absent:
            self._publish("absent")
        elif self.session is None and self.state != "loading":
            self.reload()

    def reload(self) -> None:
        """Ends the session, if any, and starts one with the present choice."""
        start(self.screen, self._load, "playground-model")

    async def _load(self) -> None:
        await self.close()
        if self.absent:
            self._publish("absent")
            return
        self._publish("loading")
        session = self.session = self._new_session()
        try:
            await session.open()
        except SessionError as error:
            self.session, self.problem = None, str(error)
            self._publish("failed")
        else:
            self._publish("ready")

    def _new_session(self) -> Session:
        return Session(self.model, self.choices, self._read_files, self.engine, self.exact, nice=NICE)

    def _read_files(self) -> list[LearnerFile]:
        return OwnParts(self.learner.workspace).files(self.choices.values())

    async def compare_parts(self) -> Comparison | None:
        """Gives the model the chosen parts, and returns what they change; None if that was cancelled or not possible.

        Raises SessionError.
        """
        session = self.session
        if session is None:
            return None
        self.busy = True
        try:
            return await session.compare(self.choices)
        finally:
            self.busy = False
            self._publish("ready")

    def give_back(self, error: SessionError) -> str:
        """Gives the part that stopped the model back to the reference; returns a sentence about it, or "".

        If the process ended, the part that was chosen last is taken for the cause.
        """
        choices, session = self.choices, self.session
        ended = session is not None and not session.running
        part = error.part if error.part in choices else next(reversed(choices), "") if ended else ""
        if not part:
            return ""
        del choices[part]
        self.choose_parts(choices)
        self.busy = False  # what the view streamed has failed, and `refresh_parts` must not wait for the view
        start(self.screen, self.refresh_parts, "playground-parts")
        return f" Your {part_names([part])} is out: the reference's takes its place."

    async def refresh_parts(self) -> None:
        """Gives the model the learner's parts as their files are now, if they have changed."""
        session = self.session
        if self.state != "ready" or session is None or self.busy:
            return
        if session.choices != self.choices or (self.choices and session.files != self._read_files()):
            with contextlib.suppress(SessionError):  # the next prompt says it
                await session.assemble(self.choices)
            self._publish("ready")

    def model_for(self, architecture: str) -> str | None:
        """Returns the present model if it has this architecture, else an installed one that has it."""
        if self.architecture == architecture:
            return self.model
        models = [model.name for model in store.models() if model.installed]
        return next((name for name in models if architecture_of(name) == architecture), None)

    def _publish(self, state: State) -> None:
        self.state = state
        if state != "failed":
            self.problem = ""
        if self.screen.is_running:
            self.changed.publish(state)

    async def close(self) -> None:
        """Ends the model's process."""
        session, self.session = self.session, None
        if session is not None:
            await session.close()
