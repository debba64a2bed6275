"""Runs tries in tests, with the session's engine, and draws them as text."""

from __future__ import annotations

import asyncio
import io
from typing import Any

from rich.console import Console

from exercises.drawings import AnyDrawing
from exercises.exercise import Exercise
from exercises.tries import try_of
from playground.tryout import client
from tests.support.grading import Service
from tui.drawings.palette import TERMINAL
from tui.drawings.render import group

NARROW = 78  # columns


def run_try(service: Service, exercise: Exercise, source: str | bytes, **options: Any) -> client.TryResult:
    """Runs the try of an exercise with its default settings, or those given as `settings`."""
    attempt = try_of(exercise)
    assert attempt is not None
    data = source.encode() if isinstance(source, str) else source
    settings = attempt.complete(options.pop("settings", {}))
    result: client.TryResult = service.run(client.run_try(service.engine, exercise, attempt, data, settings, **options))
    return result


def of_service(service: Service) -> Any:
    """Returns `run_try` for the event loop of an app, running in the loop of the session's engine."""

    async def run(engine: Any, *arguments: Any) -> client.TryResult:
        work = client.run_try(service.engine, *arguments)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, service.loop))

    return run


def drawn(drawings: list[AnyDrawing], width: int = NARROW, colours: bool = False) -> str:
    """Returns what the command line prints."""
    system: Any = "truecolor" if colours else None
    console = Console(file=io.StringIO(), width=width, color_system=system, force_terminal=colours, highlight=False)
    console.print(group(drawings, TERMINAL))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text
