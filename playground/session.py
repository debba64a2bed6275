"""A conversation with a model in a process of its own. Never imports torch.

async with Session("smollm2") as session:
    async for token in session.generate("Hello"):
        print(token.text, end="")
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

from playground import store
from playground.host_process import HostProcess
from playground.messages import (
    Answer,
    Cancel,
    Done,
    Event,
    Failed,
    Generate,
    Message,
    Open,
    Opened,
    Sampling,
    Started,
    Token,
)

__all__ = ["Message", "Sampling", "Session", "SessionError", "Token"]

PATIENCE = 1.0  # seconds that a host has for answering a cancel
OPENING = 0  # the number under which the host answers the request to open


class SessionError(Exception):
    """The model cannot answer; the message says why and what to do."""


class Session:
    """A model in a host process, made by `open` (or by the first `generate`) and ended by `close`.

    model is the name of an installed model, or the path of a GGUF file. With parts="mine", the files in
    `passed`, (exercise id, path) pairs, drive it; `workspace` is where their `from parts import Name` looks,
    by default the one that the first of them lies in.
    After a crash or a killed host, the next `generate` starts a new one. For one event loop.
    """

    def __init__(
        self,
        model: str = "smollm2",
        parts: Literal["reference", "mine"] = "reference",
        workspace: Path | None = None,
        passed: Sequence[tuple[str, Path]] = (),
    ) -> None:
        self.model = model
        self.passed = list(passed) if parts == "mine" else []
        self.workspace = workspace or (self.passed[0][1].parent if self.passed else None)
        self.name = model  # the model's own name once it is open
        self.context_length = 0
        self.parts_used: list[tuple[str, str]] = []  # (part, "yours" or "reference")
        self.notes: list[str] = []  # what the last opening or answer did differently from what was asked
        self.prompt_tokens = 0
        self._host: HostProcess | None = None
        self._opening = asyncio.Lock()
        self._queues: dict[int, asyncio.Queue[Event | None]] = {}  # the events of each request under way
        self._last_request = OPENING
        self._current: int | None = None  # the request that the host works on
        self._deadlines: dict[int, asyncio.TimerHandle] = {}  # when the host is killed, by cancelled request

    @property
    def log(self) -> str:
        """The last lines that the host wrote to stderr, with what the learner's code printed."""
        return "\n".join(self._host.log) if self._host is not None else ""

    async def __aenter__(self) -> "Session":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Starts the host and loads the model; does nothing if it runs. Raises SessionError."""
        async with self._opening:
            if self._host is not None and self._host.running:
                return
            await self.close()
            model = self._model_file()
            events = self._queues[OPENING] = asyncio.Queue()
            self._host = await HostProcess.start(self._on_event)
            self._current = OPENING
            workspace = str(self.workspace) if self.workspace is not None else None
            passed = [(exercise, str(path)) for exercise, path in self.passed]
            self._host.send(Open(str(model), passed, workspace))
            try:
                event = await self._next(events)
                assert isinstance(event, Opened)
            except BaseException:
                await self.close()
                raise
            finally:
                self._queues.pop(OPENING, None)
            self.name, self.context_length = event.name, event.context_length
            self.parts_used, self.notes = event.parts, event.notes

    async def generate(
        self, prompt: str | Sequence[Message], sampling: Sampling | None = None, chat: bool = True
    ) -> AsyncGenerator[Token, None]:
        """The tokens of the answer to a prompt, or to the messages of a chat that ends with the user's.

        Without `chat` the model goes on after the prompt's text. An answer under way is cancelled by a new one,
        and by leaving the loop early; a cancelled answer ends without an error. Raises SessionError.
        """
        self.cancel()
        await self.open()
        assert self._host is not None
        self._last_request += 1
        request = self._last_request
        events = self._queues[request] = asyncio.Queue()
        messages = [Message("user", prompt)] if isinstance(prompt, str) else list(prompt)
        self._host.send(Generate(request, messages, sampling or Sampling(), chat))
        self._current = request
        try:
            while not isinstance(event := await self._next(events), Done):
                if isinstance(event, Started):
                    self.prompt_tokens, self.notes = event.prompt_tokens, event.notes
                elif isinstance(event, Answer):
                    yield event.token
        finally:
            if self._current == request:
                self.cancel()
            del self._queues[request]

    def cancel(self) -> None:
        """Ends the answer under way, within one token; kills a host that does not answer within a second."""
        if self._host is None or self._current is None or self._current in self._deadlines:
            return
        if self._current == OPENING:
            self._host.kill("Opening the model was cancelled.")
            return
        self._host.send(Cancel(self._current))
        clock = asyncio.get_running_loop().call_later(PATIENCE, self._host.kill, self._unresponsive())
        self._deadlines[self._current] = clock

    async def close(self) -> None:
        """Ends the host. A closed session can be opened again."""
        host, self._host = self._host, None
        if host is not None:
            host.kill("The session was closed.")
            await host.ended()

    def _model_file(self) -> Path:
        if self.model.endswith(".gguf"):
            if not Path(self.model).is_file():
                raise SessionError(f"There is no file {self.model}.")
            return Path(self.model)
        try:
            path = store.path_of(self.model)
        except store.FetchError as error:
            raise SessionError(str(error)) from error
        if path is None:
            raise SessionError(f"The model {self.model} is not installed. Run `fromscratch models add {self.model}`.")
        return path

    def _on_event(self, event: Event | None) -> None:
        """Passes the host's events to whoever waits for them; None, its end, to everybody."""
        if event is None:
            self._current = None
            for clock in self._deadlines.values():
                clock.cancel()
            self._deadlines.clear()
            for queue in self._queues.values():
                queue.put_nowait(None)
            return
        request = OPENING if isinstance(event, Opened) else event.request
        if isinstance(event, Opened | Done | Failed):
            if request in self._deadlines:
                self._deadlines.pop(request).cancel()
            if request == self._current:
                self._current = None
        if request in self._queues:
            self._queues[request].put_nowait(event)

    async def _next(self, events: "asyncio.Queue[Event | None]") -> Event:
        host = self._host
        event = await events.get()
        if event is None:
            raise SessionError(host.how_it_ended() if host is not None else "The session was closed.")
        if isinstance(event, Failed):
            raise SessionError(event.message)
        return event

    def _unresponsive(self) -> str:
        yours = [name for name, whose in self.parts_used if whose == "yours"]
        hint = f" Look in your {' and '.join(yours)} for a loop that does not end." if yours else ""
        return f"The model did not stop within {PATIENCE:g} s, so its process was ended.{hint}"
