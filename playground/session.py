"""Talks to a model that runs in a separate process. Never imports torch.

async with Session("pocket") as session:
    async for token in session.generate("Once upon a time"):
        print(token.text, end="")
"""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from engine.client import Engine
from engine.errors import EngineError
from playground import store
from playground.adapter_folder import AdapterError, base_and_adapter
from playground.assembly_messages import Assemble, Assembled, Compare, Comparison
from playground.catalogue import POCKET
from playground.messages import (
    Answer,
    AppRequest,
    Cancel,
    Done,
    Failed,
    Generate,
    LearnerFile,
    Message,
    Open,
    Opened,
    PartFault,
    PartUse,
    Sampling,
    Started,
    Token,
)
from playground.model_files import ModelMissing, model_file, vocabulary_file, weights_size
from playground.model_job import ModelJob
from playground.parts_catalogue import BY_ID
from playground.protocol import Event

__all__ = ["Message", "Sampling", "Session", "SessionError", "Token"]

GIB = 2**30
MEMORY = 4 * GIB  # that the model's process may allocate beside its weights
EXPANSION = 8  # times that the weights may take of their file's size, which can hold four bits for each number
STEP_SECONDS = 20.0  # without a sign of life, after which a process is ended
HANGING = re.compile("did not stop within|computed without a step")
CANCELLED = "Opening the model was cancelled."
AGAIN = " The next prompt loads the model again."


class SessionError(Exception):
    """The model cannot answer; the message says why and what to do. `part` is the part of the learner that failed."""

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


class Session:
    """A model in a sandboxed process of an engine, which `open` or the first `generate` starts and `close` ends.

    `model` is the name of an installed model, the path of a GGUF file, or the folder of a trained model. `choices` maps
    the ids of parts to the exercises that supply them, and `read_files` returns the learner's files for these parts and
    what they import from `parts` (`OwnParts` finds both). If the process ends, the next `generate` starts a new one,
    with the files as they are then. `engine` runs it; by default, the session starts one of its own. `exact` computes
    in float32 instead of with quantized weights. `adapter` is the folder of a fine-tuning that changes the model;
    `model` can also be such a folder, or "" for the model that the adapter was trained on. `nice` (0 to 19) lowers the
    priority of the process. A session belongs to one event loop.
    """

    def __init__(
        self,
        model: str = POCKET.name,
        choices: Mapping[str, str] | None = None,
        read_files: Callable[[], Sequence[LearnerFile]] = tuple,
        engine: Engine | None = None,
        exact: bool = False,
        adapter: Path | None = None,
        nice: int = 0,
    ) -> None:
        self.model, self.exact, self.adapter, self.nice = model, exact, adapter, nice
        self.choices, self.read_files = dict(choices or {}), read_files
        self.name = model  # replaced by the model's own name when it is open
        self.context_length = 0
        self.files: list[LearnerFile] = []  # as the process has them
        self.parts: list[PartUse] = []
        self.faults: list[PartFault] = []  # the chosen parts that could not be used
        self.notes: list[str] = []  # how the last `open` or answer deviates from the request
        self.prompt_tokens = 0
        self.chats = False  # whether the model has a chat template
        self.dropped = 0  # the messages of the last prompt, after the system message, that the context had no room for
        self._engine = engine or Engine()
        self._owns_engine = engine is None
        self._host: ModelJob | None = None
        self._opening = asyncio.Lock()
        self._queues: dict[int, asyncio.Queue[Event | None]] = {}  # the events of each request, oldest first
        self._last_request = 0
        self._cancelled_openings = 0

    @property
    def running(self) -> bool:
        """Whether the model's process runs."""
        return self._host is not None and self._host.running

    @property
    def yours(self) -> list[str]:
        """The ids of the learner's parts in use."""
        return [use.id for use in self.parts if use.owner == "yours" and use.used]

    @property
    def log(self) -> str:
        """The last lines that the process printed, including what the learner's code printed."""
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
        cancelled = self._cancelled_openings
        async with self._opening:
            self._check_opening(cancelled)  # of the task that held the lock
            if self._host is not None and self._host.running:
                return
            self._end_job()
            try:
                self.model, self.adapter = base_and_adapter(self.model, self.adapter)
                model, vocabulary = model_file(self.model), vocabulary_file(self.model)
            except (AdapterError, ModelMissing) as error:
                raise SessionError(str(error)) from error
            tokenizers, adapters = store.tokenizer_files(), [self.adapter] if self.adapter else []
            vocabularies = [vocabulary] if vocabulary else []
            files = [model, *adapters, *map(Path, [*vocabularies, *tokenizers.values()])]
            try:
                self._host = await ModelJob.start(self._engine, self._job(model, files), self._on_event)
                self._check_opening(cancelled)
                own = self.files = list(self.read_files()) if self.choices else []
                request = Open(str(model), self.choices, own, vocabulary, _threads(), self.exact,
                               str(self.adapter) if self.adapter else None, tokenizers)  # fmt: skip
                async for event in self._ask(request):
                    assert isinstance(event, Opened)
                    self.name, self.context_length = event.name, event.context_length
                    self.parts, self.notes, self.faults = event.parts, event.notes, event.faults
                    self.chats = event.chats
            except EngineError as error:
                raise SessionError(str(error)) from error
            except BaseException:
                self._end_job()
                raise

    async def generate(
        self, prompt: str | Sequence[Message], sampling: Sampling | None = None, chat: bool = True
    ) -> AsyncGenerator[Token, None]:
        """Yields the tokens of the answer to a prompt, or to the messages of a chat, the last of which is the user's.

        Without `chat`, the model continues the prompt's text. A new call cancels the current answer, and so does
        leaving the loop early; a cancelled answer ends without an error. Raises SessionError.
        """
        if not self._opening.locked():  # the prompt waits for the model
            self.cancel()
        messages = [Message("user", prompt)] if isinstance(prompt, str) else list(prompt)
        async with contextlib.aclosing(self.ask(Generate(messages, sampling or Sampling(), chat))) as events:
            async for event in events:
                if isinstance(event, Started):
                    self.prompt_tokens, self.notes, self.dropped = event.prompt_tokens, event.notes, event.dropped
                elif isinstance(event, Answer):
                    yield event.token

    async def assemble(self, choices: Mapping[str, str]) -> None:
        """Puts the model together with these parts, as their files are now. Raises SessionError."""
        async for _ in self._assembling(Assemble, choices):
            pass

    async def compare(self, choices: Mapping[str, str], prompt: str = "", max_tokens: int = 40) -> Comparison | None:
        """Puts the model together with these parts and returns what they change, None if it was cancelled.

        Both models continue the prompt, by default a short one. Raises SessionError.
        """
        async for event in self._assembling(Compare, choices, prompt=prompt, max_tokens=max_tokens):
            if isinstance(event, Comparison):
                return event
        return None

    async def _assembling(
        self, kind: type[Assemble] | type[Compare], choices: Mapping[str, str], **options: Any
    ) -> AsyncGenerator[Event, None]:
        self.choices = dict(choices)
        await self.open()
        self.files = list(self.read_files()) if self.choices else []
        async with contextlib.aclosing(self.ask(kind(self.choices, self.files, **options))) as events:
            async for event in events:
                if isinstance(event, Assembled):
                    self.parts, self.notes, self.faults = event.parts, event.notes, event.faults
                yield event

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
                    raise SessionError(self._describe_end(host))
                if isinstance(event, Failed):
                    raise SessionError(event.message, event.part)
                yield event
        finally:
            if number in self._queues:
                host.send(Cancel(request=number))

    def cancel(self) -> None:
        """Cancels all requests, each of which ends within one step of the model, or with the process a second later.
        Cancels the opening of the model, too."""
        opening, host = self._opening.locked(), self._host
        self._cancelled_openings += opening
        if host is not None:
            if opening:
                host.kill(CANCELLED)
            for number in self._queues:
                host.send(Cancel(request=number))

    def _check_opening(self, cancelled: int) -> None:
        if self._cancelled_openings != cancelled:
            raise SessionError(CANCELLED)

    async def close(self) -> None:
        """Ends the process. A closed session can be opened again."""
        self._end_job()
        if self._owns_engine:
            engine, self._engine = self._engine, Engine()
            await engine.close()

    def _end_job(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            host.kill("The session was closed.")

    def _job(self, model: Path, files: Sequence[Path]) -> dict[str, Any]:
        """Returns the job's request: what the process may read, and its limits."""
        return {
            "readable": [str(path.absolute()) for path in files],
            "memory": EXPANSION * weights_size(model) + MEMORY,
            "nice": self.nice,
            "step_seconds": STEP_SECONDS,
        }

    def _on_event(self, event: Event | None) -> None:
        """Queues an event for its request; None, the end of the process, for all requests."""
        if event is None:
            queues, self._queues = self._queues, {}
            for queue in queues.values():
                queue.put_nowait(None)
        elif (known := self._queues.get(event.request)) is not None:
            known.put_nowait(event)
            if isinstance(event, Done | Failed):
                del self._queues[event.request]

    def _describe_end(self, host: ModelJob) -> str:
        """Returns why the process ended, and which of the learner's parts may be the cause."""
        reason = host.end_reason or ""
        if not reason.startswith("The model"):  # closed or cancelled
            return reason
        yours = [BY_ID[id].name for id in self.yours]
        hint = f" Check your {' and '.join(yours)} for an endless loop." if yours and HANGING.search(reason) else ""
        return f"{reason}{hint}{AGAIN}"


def _threads() -> int | None:
    """Returns the number of threads that the user's environment asks for."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return int(threads) if threads.isdecimal() and int(threads) > 0 else None
