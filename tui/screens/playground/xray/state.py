"""The state that the X-ray's pages share: the text with its branches, and the sizes and answers of the model."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence

from playground.branches import BranchTree
from playground.messages import AppRequest
from playground.protocol import Event
from playground.session import Session, SessionError
from playground.xray_messages import Describe, Shape, Tokenize, Tokens, TokenView
from tui.screens.playground.model_controller import ModelController

MAX_TOKENS = 512  # of a text
MAX_ANSWERS = 200  # that are kept
EXAMPLES = {"smollm2": "The capital of France is"}  # instead of the catalogue's, which is a question
EXAMPLE = "Once upon a time there was a"  # for a model that the catalogue does not know


class XrayState:
    """The text and its branches for each model, since token ids mean something to one vocabulary only."""

    def __init__(self, controller: ModelController) -> None:
        self.controller = controller
        self.trees: dict[str, BranchTree] = {}
        self.shape: Shape | None = None
        self.heads_off: list[tuple[int, int]] = []
        self.text = ""  # the last text that was typed
        self.waiting = False  # whether it was typed before the model was loaded
        self._tasks: set[asyncio.Task[list[Event]]] = set()
        self._answers: OrderedDict[bytes, list[Event]] = OrderedDict()

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self.controller.state == "ready"

    @property
    def tree(self) -> BranchTree:
        """The branches of the present model's texts."""
        return self.trees.setdefault(self.controller.model, BranchTree())

    @property
    def ids(self) -> list[int]:
        """The token ids of the open branch."""
        return [token.id for token in self.tree.tokens]

    async def ask(self, request: AppRequest) -> list[Event]:
        """Returns the events of a request, from memory if it was asked before; none if it was cancelled.

        A caller that is cancelled leaves the request running: the host kills a model that does not answer a
        cancellation at once, and a pass of a large model takes longer. Raises SessionError.
        """
        key = repr(request).encode()
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        session = self.controller.session
        if session is None or self.controller.state != "ready":
            raise SessionError(self.controller.problem or "The model is not loaded.")
        task = asyncio.create_task(self._ask(session, request, key))
        self._tasks.add(task)
        task.add_done_callback(self._forget_task)
        return await asyncio.shield(task)

    async def stream(self, request: AppRequest) -> AsyncGenerator[Event, None]:
        """Yields the events of long work as they come; leaving the loop cancels it. Raises SessionError."""
        session = self.controller.session
        if session is None or self.controller.state != "ready":
            raise SessionError(self.controller.problem or "The model is not loaded.")
        async with contextlib.aclosing(session.ask(request)) as events:
            async for event in events:
                yield event

    async def _ask(self, session: Session, request: AppRequest, key: bytes) -> list[Event]:
        events = [event async for event in session.ask(request)]
        if events and session is self.controller.session:
            self._answers[key] = events
            if len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
        return events

    def _forget_task(self, task: asyncio.Task[list[Event]]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may be gone

    def forget(self) -> None:
        """Called when a model is loaded: its answers and sizes are other ones."""
        self._answers.clear()
        self.shape = None
        self.heads_off = []

    async def open_text(self) -> None:
        """Begins with the last text that was typed, or with an example, unless a text is open. Raises SessionError."""
        if self.waiting or not self.tree.roots:
            self.waiting = False
            info = self.controller.info
            example = EXAMPLES.get(self.controller.model) or (info.example if info is not None else "")
            await self.begin(self.text or example or EXAMPLE)

    async def describe(self) -> None:
        """Asks for the model's sizes. Raises SessionError."""
        for event in await self.ask(Describe()):
            if isinstance(event, Shape):
                self.shape = event

    async def begin(self, text: str) -> str:
        """Opens a text; returns a remark if a part of it was left out. Raises SessionError."""
        tokens: Sequence[TokenView] = []
        for event in await self.ask(Tokenize(text=text)):
            if isinstance(event, Tokens):
                tokens = event.tokens
        limit = self._limit
        if tokens:
            self.tree.begin(tokens[:limit])
        if len(tokens) > limit:
            return f"The X-ray takes the first {limit} of the text's {len(tokens)} tokens."
        return ""

    @property
    def full(self) -> bool:
        """Whether the text has as many tokens as fit."""
        return self.tree.cursor + 1 >= self._limit

    @property
    def _limit(self) -> int:
        """The number of tokens of a text: the model needs room for the next one."""
        session = self.controller.session
        return min(MAX_TOKENS, session.context_length - 1) if session and session.context_length else MAX_TOKENS


def head_name(layer: int, head: int | None) -> str:
    """Returns a head's name, counted from 1, such as "3.2" for the second head of the third layer."""
    return f"{layer + 1}.{head + 1}" if head is not None else f"{layer + 1}"
