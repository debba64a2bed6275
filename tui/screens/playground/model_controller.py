"""The model that the Playground's views share: the choice, its parts, and the session with its process."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from textual.screen import Screen
from textual.signal import Signal

from engine.client import Engine
from playground import store
from playground.session import Session, SessionError
from tui.background import start
from tui.learner_context import LearnerContext

State = Literal["absent", "loading", "ready", "failed"]
DEFAULT = "smollm2"


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
        self.model = str(file or DEFAULT)
        self.parts: Literal["reference", "mine"] = "reference"
        self.session: Session | None = None
        self.state: State = "absent"
        self.problem = ""
        self.busy = False
        self.changed: Signal[State] = Signal(screen, "playground-model-changed")

    @property
    def info(self) -> store.ModelInfo | None:
        """What the catalogue says of the model, None for a file."""
        return next((model for model in store.models() if model.name == self.model), None)

    @property
    def title(self) -> str:
        info = self.info
        return info.title if info is not None else Path(self.model).name

    @property
    def absent(self) -> bool:
        """Whether the model must be downloaded first."""
        info = self.info
        return info is not None and not info.installed

    def parts_label(self) -> str:
        """Returns whose parts the model has, such as "yours (generate, softmax)"."""
        if self.parts == "reference":
            return "reference"
        used = self.session.parts_used if self.session else []
        names = [name for name, owner in used if owner == "yours"]
        return f"yours ({', '.join(names)})" if names else "yours (none passed yet)"

    def choose(self, model: str) -> None:
        """Changes to an installed model, or one that can be downloaded, by its name; loads it if it is installed."""
        if model != self.model:
            self.model = model
            self.reload()

    def choose_parts(self, parts: Literal["reference", "mine"]) -> None:
        """Changes whose parts the model has, and loads it again."""
        self.parts = parts
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
        learner = self.learner
        states = learner.states()
        passed = [
            (exercise.id, learner.workspace.path(exercise))
            for exercise in learner.course.exercises
            if states[exercise.id] == "passed"
        ]
        return Session(self.model, self.parts, learner.workspace.root, passed, self.engine)

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
