"""The model's process as its request handlers see it."""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.frames import Channel, ChannelClosed
from playground.host.assembly import Assembly, assemble
from playground.host.host_error import Cancelled, HostError, memory_error
from playground.host.model_runners import Runner
from playground.host.tokenizer import Tokenizer
from playground.host.trace import Anatomy, Trace
from playground.messages import Done, Failed, LearnerFile
from playground.protocol import Event, Request, decode_request, encode

ALIVE_INTERVAL = 1.0  # seconds between two signs of life
MEMORY_EXIT = 70  # the exit code after the memory limit was reached

Handler = Callable[["Host", Any], Iterable[Event]]


@dataclass
class LoadedModel:
    """An open model. `reference` has the reference's parts, and `assembly` those that are chosen.

    `tokenizer_files` are the files of the tokenizers on this machine, by name; `inspected` is what the X-ray recorded.
    """

    name: str
    reference: Assembly
    assembly: Assembly
    tokenizer_files: dict[str, str]
    inspected: tuple[Anatomy, Trace] | None = None

    @property
    def cached(self) -> Runner:
        """Computes logits with the chosen parts."""
        return self.assembly.runner

    @property
    def tokenizer(self) -> Tokenizer:
        return self.assembly.tokenizer

    def change_parts(self, choices: Mapping[str, str], files: Sequence[LearnerFile]) -> Assembly:
        """Replaces `assembly` by one with these parts, unless it is this one, and returns it."""
        kept, base = self.assembly, self.reference
        if dict(choices) != kept.wanted or list(files) != kept.files:
            self.assembly = assemble(base.base, base.tokenizer, choices, files, base.model_file)
            if kept is not base:
                kept.code.close()
        return self.assembly


class RequestReader:
    """Reads the job's messages in a thread. Cancel takes effect immediately; requests are queued."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.requests: queue.Queue[Request] = queue.Queue()
        self.cancelled: set[int] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                message = self.channel.receive()
                if "cancel" in message:
                    self.cancelled.add(message["cancel"])
                else:
                    self.requests.put(decode_request(message["request"]))
        except ChannelClosed:
            os._exit(0)  # the app has exited, and the learner's code may never return


class Host:
    """Handles requests one after the other. `loaded` is the open model, which every request but Open finds there."""

    loaded: LoadedModel

    def __init__(self, channel: Channel, handlers: Mapping[type, Handler]) -> None:
        self.channel, self.handlers = channel, handlers
        self.reader = RequestReader(channel)
        self.request = -1  # the number of the request that is being handled
        self._last_sign = 0.0
        if hasattr(signal, "SIGUSR1"):
            faulthandler.register(signal.SIGUSR1, file=2, all_threads=False)

    def send(self, event: Event) -> None:
        self.channel.send({"event": encode(event).decode()})
        self._last_sign = time.monotonic()

    def check(self) -> None:
        """Tells the job that the request goes on; raises Cancelled if the app has cancelled it."""
        if self.request in self.reader.cancelled:
            raise Cancelled
        if time.monotonic() - self._last_sign > ALIVE_INTERVAL:
            self.channel.send({"alive": True})
            self._last_sign = time.monotonic()

    def handle(self, request: Request) -> None:
        """Sends the events of a request's handler, and then Done or Failed."""
        self.request = request.request
        end: Done | Failed = Done(request.request)
        out_of_memory = False
        try:
            self.check()
            for event in self.handlers[type(request)](self, request):
                self.send(event)
                self.check()
        except Cancelled:
            end = Done(request.request, cancelled=True)
        except HostError as error:
            end, out_of_memory = Failed(request.request, str(error), error.part), memory_error(error)
        except Exception as error:
            traceback.print_exc()
            end = Failed(request.request, f"The model's process failed with {type(error).__name__}: {error}")
            out_of_memory = memory_error(error)
        self.reader.cancelled.discard(request.request)
        self.channel.send({"event": encode(end).decode(), "ends": request.request})
        if out_of_memory:
            os._exit(MEMORY_EXIT)  # the learner's code may still hold what it allocated

    def run(self) -> None:
        while True:
            self.handle(self.reader.requests.get())
