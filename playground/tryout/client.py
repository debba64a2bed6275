"""Runs a try through the engine. Never imports torch."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.client import Engine
from exercises.drawings import AnyDrawing, BadDrawing, from_data
from exercises.exercise import Exercise
from exercises.tries import SettingValue, Try
from grader.errors import GraderError, SandboxRefused
from grader.exercise_context import context_for
from grader.parts import offered_parts
from learner.plain_text import plain
from playground.tryout.pocket import pocket_request

JOB = "playground.tryout.job:draw"
SECONDS = 20.0  # for the learner's code; our own takes at most 2
EXTRA_SECONDS = 20.0  # beyond that, for the engine
MAX_SHOWN_OUTPUT = 2000  # characters of what the code printed


class TryFailed(Exception):
    """The tried code failed. The message is one sentence; `line` is a line of the file, where one is known, and
    `printed` what the code printed."""

    def __init__(self, message: str, line: int | None = None, printed: str = "") -> None:
        super().__init__(message)
        self.line, self.printed = line, printed


class TryResult(msgspec.Struct, frozen=True):
    """The drawings of a try, and what the code printed meanwhile."""

    drawings: list[AnyDrawing]
    printed: str = ""
    seconds: float = 0.0


async def run_try(
    engine: Engine,
    exercise: Exercise,
    attempt: Try,
    source: bytes,
    settings: Mapping[str, SettingValue],
    seconds: float = SECONDS,
) -> TryResult:
    """Runs a try on a source. Cancelling the task kills its process. Raises TryFailed where the source is at fault,
    GraderError or EngineError where it is not."""
    context = context_for(exercise, offered_parts(exercise)) | {"has_own_parts": False}
    request = {"context": context, "try": attempt.source, "source": base64.b64encode(source).decode(),
               "settings": dict(settings), "seconds": seconds,
               "pocket": pocket_request(attempt, settings)}  # fmt: skip
    job = await engine.submit(JOB, request, seconds + EXTRA_SECONDS)
    async for event in job.events():
        if "fault" in event:
            raise GraderError(f"The try of {exercise.id} failed in the program itself:\n{event['fault']}")
        if "refused" in event:
            raise SandboxRefused(event["refused"])
        job.release()  # it only cleans up from here
        data = _cleaned(event)
        printed = _shortened(data["printed"])
        if "failed" in data:
            raise TryFailed(data["failed"], data["line"], printed)
        try:
            return TryResult(from_data(data["drawings"]), printed, data["seconds"])
        except BadDrawing as error:
            raise TryFailed(f"Your result cannot be drawn: {error}", None, printed) from None
    raise GraderError(f"The try of {exercise.id} was stopped from outside before it ended. Try again.")


def _cleaned(data: Any) -> Any:
    """Returns data without the characters in its texts that control a terminal."""
    match data:
        case str():
            return plain(data)
        case list():
            return [_cleaned(item) for item in data]
        case dict():
            return {_cleaned(key): _cleaned(item) for key, item in data.items()}
    return data


def _shortened(text: str) -> str:
    text = text.rstrip()
    return text if len(text) <= MAX_SHOWN_OUTPUT else f"{text[:MAX_SHOWN_OUTPUT]}\n… and {len(text):,} characters more"
