"""Starts a training process for the app or the command line, and exchanges messages with it. Never imports torch."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncIterator
from typing import Literal

import fromscratch
from engine.priority import set_nice
from playground.finetune_messages import FinetuneRequest
from playground.grpo_messages import Grpo
from playground.training_messages import Begin, Control, Ended, Prepared, Step, TrainingEvent, decode_event, encode

LINE_LIMIT = 1 << 22
LOG_LINES = 50
NICE = 10  # a training gives way to the app, and to everything else on the machine
# Threads that wait for each other sleep instead of spinning: on a machine with other work, spinning threads keep the
# others from the processors that they wait for, and two threads were a quarter as fast as one.
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE"}


class TrainingProcess:
    """A training in a process of its own. `events` yields what happens until it ends.

    If this program ends in any way, the training saves a checkpoint and stops.
    """

    def __init__(self, process: asyncio.subprocess.Process, nice: int) -> None:
        self.process, self.nice = process, nice
        self.log: deque[str] = deque(maxlen=LOG_LINES)  # of stderr, where the learner's parts print too
        self._log_reader = asyncio.create_task(self._read_log())

    @classmethod
    async def start(cls, begin: Begin | FinetuneRequest | Grpo, nice: int = NICE) -> TrainingProcess:
        """Starts the process. `nice` (0 to 19) lowers its priority when it trains, so that others stay fast."""
        process = await asyncio.create_subprocess_exec(
            *fromscratch.command("playground.training.serve"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,  # ctrl+c in the terminal reaches this program only, which then sends "stop"
        )
        training = cls(process, nice)
        training._write(encode(begin))
        return training

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def events(self) -> AsyncIterator[TrainingEvent]:
        """Yields the events. The last one is Ended, also if the process crashed or was killed."""
        assert self.process.stdout is not None
        step, saved, ended = 0, None, False
        while line := await self.process.stdout.readline():
            event = decode_event(line)
            step = getattr(event, "step", step)
            saved = getattr(event, "saved", step if type(event).__name__ == "Saved" else saved)
            ended = isinstance(event, Ended)
            if self.nice and isinstance(event, Prepared | Step):
                await asyncio.to_thread(self._give_way, self.nice)
                self.nice = 0
            yield event
        await self.process.wait()
        await self._log_reader
        if not ended:
            kept = "" if saved is None else f" The checkpoint of step {saved:,} is kept."
            yield Ended("failed", step, saved, message=f"{self._describe_exit()}{kept}")

    def control(self, action: Literal["pause", "continue", "stop"]) -> None:
        """Pauses, continues, or stops with a checkpoint, after the current step."""
        self._write(encode(Control(action)))

    def kill(self) -> None:
        """Ends the process immediately. The last checkpoint stays."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                if os.name == "posix":
                    os.killpg(self.process.pid, signal.SIGKILL)  # the process leads its own group
                else:
                    self.process.kill()

    async def close(self, timeout: float = 30.0) -> None:
        """Saves a checkpoint and ends the process; kills it at the timeout, in seconds."""
        if self.running:
            self.control("stop")
            reader = asyncio.create_task(self._discard_output())
            try:
                await asyncio.wait_for(asyncio.shield(self.process.wait()), timeout)
            except TimeoutError:
                self.kill()
                await self.process.wait()
            reader.cancel()

    async def _discard_output(self) -> None:
        assert self.process.stdout is not None
        while await self.process.stdout.read(1 << 16):
            pass

    def _give_way(self, nice: int) -> None:
        """Lowers the priority of all threads of the process, which the start, a few seconds, does not need."""
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, self.process.pid, nice)  # the process leads its own group
        set_nice(self.process.pid, nice)

    def _write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `events` then says that it has ended
            self.process.stdin.write(line + b"\n")

    def _describe_exit(self) -> str:
        code = self.process.returncode or 0
        if code < 0:
            names = {number.value: number.name for number in signal.Signals}
            memory = " The machine may be out of memory." if -code == signal.SIGKILL else ""
            return f"The training's process was killed by {names.get(-code, -code)}.{memory}"
        last_line = f" Its last message: {self.log[-1]}" if self.log else ""
        return f"The training's process ended unexpectedly with exit code {code}.{last_line}"

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(1 << 16):
            self.log.extend(line[:1000] for line in data.decode("utf-8", errors="replace").splitlines())
