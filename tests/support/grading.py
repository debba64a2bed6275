"""Graders for tests: one engine for all tests of a process, usable from any event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from exercises.exercise import Exercise
from grader.check import Grader, new_engine
from grader.race_result import RaceResult
from grader.verdict import Event, Verdict
from learner.own_parts import OwnPart
from playground.store import gpt2_vocabulary

TIMEOUT = 500  # seconds for a whole month's solutions on a loaded machine


class Service:
    """A grader whose engine runs on an event loop in its own thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.engine = new_engine(gpt2_vocabulary())
        self.grader = Grader(self.engine)
        self.run(self.engine.start())
        self.run(self.engine.ready.wait())

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(TIMEOUT)

    def check(
        self,
        exercise: Exercise,
        source: Any,
        on_event: Callable[[Event], None] | None = None,
        own_parts: Sequence[OwnPart] = (),
    ) -> Verdict:
        data = source.encode() if isinstance(source, str) else source
        verdict: Verdict = self.run(self.grader.check(exercise, data, on_event, own_parts))
        return verdict

    def close(self) -> None:
        self.run(self.engine.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class ServiceGrader(Grader):
    """The service's grader for other event loops; `checks` counts the calls of `check`."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.engine)
        self.service = service
        self.checks = 0

    async def check(
        self,
        exercise: Exercise,
        source: bytes | Path,
        on_event: Callable[[Event], None] | None = None,
        own_parts: Sequence[OwnPart] = (),
    ) -> Verdict:
        self.checks += 1
        loop = asyncio.get_running_loop()

        def forward(event: Event) -> None:
            if on_event is not None:
                loop.call_soon_threadsafe(on_event, event)

        check = self.service.grader.check(exercise, source, forward, own_parts)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(check, self.service.loop))

    async def race(
        self,
        exercise: Exercise,
        source: bytes,
        rounds: int,
        on_round: Callable[[int], None] = lambda number: None,
        budget: float | None = None,
    ) -> RaceResult:
        race = self.service.grader.race(exercise, source, rounds, lambda number: None, budget)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(race, self.service.loop))
