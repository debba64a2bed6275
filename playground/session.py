"""Talks to a model that runs in a separate process. Never imports torch.

async with Session("smollm2") as session:
    async for token in session.generate("Hello"):
        print(token.text, end="")
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec

from playground import store
from playground.catalogue import GPT2
from playground.host_process import HostProcess
from playground.messages import (
    Answer,
    AppRequest,
    Cancel,
    Done,
    Failed,
    Generate,
    Message,
    Open,
    Opened,
    Sampling,
    Started,
    Token,
)
from playground.protocol import Event

__all__ = ["Message", "Sampling", "Session", "SessionError", "Token"]

CANCEL_TIMEOUT = 1.0  # seconds in which the host must confirm that it cancelled a request


class SessionError(Exception):
    """The model cannot answer; the message says why and what to do."""


class Session:
    """A model in a host process, which `open` or the first `generate` starts and `close` ends.

    `model` is the name of an installed model or the path of a GGUF file. With parts="mine", the learner's files in
    `passed`, (exercise id, path) pairs, replace parts of the reference. `from parts import Name` in these files finds
    the parts in `workspace`, by default the folder of the first file. If the host crashes or is killed, the next
    `generate` starts a new one. A session belongs to one event loop.
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
        self.name = model  # replaced by the model's own name when it is open
        self.context_length = 0
        self.parts_used: list[tuple[str, str]] = []  # (part, "yours" or "reference")
        self.notes: list[str] = []  # how the last `open` or answer deviates from the request
        self.prompt_tokens = 0
        self._host: HostProcess | None = None
        self._opening = asyncio.Lock()
        self._queues: dict[int, asyncio.Queue[Event | None]] = {}  # the events of each request, oldest first
        self._cancelled: set[int] = set()  # the requests that the host was asked to cancel
        self._last_request = 0
        self._deadline: asyncio.TimerHandle | None = None  # of the oldest request, if it was cancelled

    @property
    def log(self) -> str:
        """The last lines of the host's stderr, including what the learner's code printed."""
        return "\n".join(self._host.log) if self._host is not None else ""

    async def __aenter__(self) -> "Session":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Starts the host and loads the model, unless the host runs. Raises SessionError."""
        async with self._opening:
            if self._host is not None and self._host.running:
                return
            await self.close()
            model, vocabulary = self._model_file(), self._vocabulary_file()
            self._host = await HostProcess.start(self._on_event)
            workspace = str(self.workspace) if self.workspace is not None else None
            passed = [(exercise, str(path)) for exercise, path in self.passed]
            try:
                async for event in self._ask(Open(str(model), passed, workspace, vocabulary)):
                    assert isinstance(event, Opened)
                    self.name, self.context_length = event.name, event.context_length
                    self.parts_used, self.notes = event.parts, event.notes
            except BaseException:
                await self.close()
                raise

    async def generate(
        self, prompt: str | Sequence[Message], sampling: Sampling | None = None, chat: bool = True
    ) -> AsyncGenerator[Token, None]:
        """Yields the tokens of the answer to a prompt, or to the messages of a chat, the last of which is the user's.

        Without `chat`, the model continues the prompt's text. A new call cancels the current answer, and so does
        leaving the loop early; a cancelled answer ends without an error. Raises SessionError.
        """
        self.cancel()
        messages = [Message("user", prompt)] if isinstance(prompt, str) else list(prompt)
        async with contextlib.aclosing(self.ask(Generate(messages, sampling or Sampling(), chat))) as events:
            async for event in events:
                if isinstance(event, Started):
                    self.prompt_tokens, self.notes = event.prompt_tokens, event.notes
                elif isinstance(event, Answer):
                    yield event.token

    async def ask(self, request: AppRequest) -> AsyncGenerator[Event, None]:
        """Opens the model if it is not, and yields the events of a request up to Done, which is omitted.

        The host handles requests in order. Leaving the loop early cancels the request; a cancelled request ends
        without an error. Raises SessionError.
        """
        await self.open()
        async with contextlib.aclosing(self._ask(request)) as events:
            async for event in events:
                yield event

    async def _ask(self, request: AppRequest) -> AsyncGenerator[Event, None]:
        assert self._host is not None
        self._last_request += 1
        number = self._last_request
        host, events = self._host, asyncio.Queue[Event | None]()
        self._queues[number] = events
        host.send(msgspec.structs.replace(request, request=number))
        try:
            while not isinstance(event := await events.get(), Done):
                if event is None:
                    raise SessionError(host.describe_exit())
                if isinstance(event, Failed):
                    raise SessionError(event.message)
                yield event
        finally:
            if number in self._queues:
                self._cancel(number)

    def cancel(self) -> None:
        """Cancels all requests, each of which ends within one step of the model; kills the host at the timeout."""
        if self._opening.locked() and self._host is not None:
            self._host.kill("Opening the model was cancelled.")
        for number in self._queues:
            self._cancel(number)

    def _cancel(self, number: int) -> None:
        if self._host is not None and number not in self._cancelled:
            self._cancelled.add(number)
            self._host.send(Cancel(request=number))
            self._watch_oldest()

    def _watch_oldest(self) -> None:
        """Starts the clock of the request that the host handles, if that is cancelled and has no clock yet."""
        host, oldest = self._host, next(iter(self._queues), None)
        if self._deadline is None and host is not None and oldest in self._cancelled:
            loop, message = asyncio.get_running_loop(), self._unresponsive_message()
            self._deadline = loop.call_later(CANCEL_TIMEOUT, host.kill, message)

    async def close(self) -> None:
        """Ends the host. A closed session can be opened again."""
        host, self._host = self._host, None
        if host is not None:
            host.kill("The session was closed.")
            await host.wait_exit()

    def _model_file(self) -> Path:
        if self.model.endswith(".gguf"):
            if not Path(self.model).is_file():
                raise SessionError(f"The file {self.model} does not exist.")
            return Path(self.model)
        try:
            path = store.path_of(self.model)
        except store.FetchError as error:
            raise SessionError(str(error)) from error
        if path is None:
            raise SessionError(f"The model {self.model} is not installed. Run `fromscratch models add {self.model}`.")
        return path

    def _vocabulary_file(self) -> str | None:
        """Returns the vocabulary file for a model that needs it. Raises SessionError if it is not installed."""
        if self.model != GPT2.name:
            return None
        path = store.gpt2_vocabulary()
        if path is None:
            raise SessionError("GPT-2's vocabulary is not installed. Run `fromscratch models add gpt2-vocabulary`.")
        return str(path)

    def _on_event(self, event: Event | None) -> None:
        """Queues an event for its request; None, the host's exit, for all requests."""
        if event is None:
            queues, self._queues = self._queues, {}
            for queue in queues.values():
                queue.put_nowait(None)
            self._cancelled.clear()
            self._stop_clock()
        elif (known := self._queues.get(event.request)) is not None:
            known.put_nowait(event)
            if isinstance(event, Done | Failed):
                oldest = next(iter(self._queues)) == event.request
                del self._queues[event.request]
                self._cancelled.discard(event.request)
                if oldest:
                    self._stop_clock()
                    self._watch_oldest()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unresponsive_message(self) -> str:
        yours = [name for name, owner in self.parts_used if owner == "yours"]
        hint = f" Check your {' and '.join(yours)} for an endless loop." if yours else ""
        return f"The model did not stop within {CANCEL_TIMEOUT:g} s, so its process was killed.{hint}"
