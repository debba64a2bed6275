"""The engine's job that runs a try: it starts a sandboxed process with the learner's file and checks what it draws."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from engine import reap
from engine.frames import BadFrame
from engine.sandbox.namespaces import SandboxUnavailable
from exercises import texts
from exercises.drawings import BadDrawing, as_data, from_data
from grader import messages
from grader.judge.learner_process import LearnerProcess, Stopped
from playground.tryout.pocket import offer_pocket

# The sandbox hides our modules when the learner's file is loaded, so the try's imports are made before.
CALL = """
from exercises.drawings import as_data as _as_data

def _drawn(impl, **settings):
    return _as_data(draw(impl, **settings))
"""
MAX_DATA = 200_000  # bytes of JSON
NOT_DRAWABLE = "Your result cannot be drawn: {problem}"


def draw(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits one {"drawings", "printed", "seconds"}, {"failed", "line", "printed"} or {"refused"}."""
    reap.become_subreaper()
    texts.load()  # before the fork, as the sandbox hides the files
    if request["pocket"] is not None:
        offer_pocket(request["pocket"])
    learner = LearnerProcess(lambda: None)
    started = time.monotonic()
    try:
        try:
            drawings = _drawings(learner, request)
            event = {"drawings": drawings, "seconds": round(time.monotonic() - started, 3)}
        except Stopped as stopped:
            event = {"failed": str(stopped), "line": stopped.line}
        emit(event | {"printed": learner.output()})
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        learner.close()
        reap.kill_strays(set())


def _drawings(learner: LearnerProcess, request: dict[str, Any]) -> Any:
    """Returns the checked drawings as data. Raises Stopped where the learner's code is at fault."""
    context = request["context"] | {"probes": request["try"] + CALL}
    learner.begin(context, base64.b64decode(request["source"]), request["seconds"])
    reply = learner.receive()
    if report := reply.get("broken"):
        raise Stopped("error", messages.exception(report, {}, {}), report.get("line"))
    reply = learner.call("_drawn", request["settings"])
    if report := reply.get("raised"):
        raise Stopped("failed", messages.exception(report, {}, {}), report.get("line"))
    if "unsendable" in reply:
        raise Stopped("failed", NOT_DRAWABLE.format(problem=f"it contains {reply['unsendable']}."))
    try:
        drawings = _rounded(as_data(from_data(reply["result"])))
        size = len(json.dumps(drawings))
        if size > MAX_DATA:
            raise BadDrawing(f"the drawings are {size:,} bytes; the limit is {MAX_DATA:,}.")
    except (BadDrawing, BadFrame) as error:
        raise Stopped("failed", NOT_DRAWABLE.format(problem=error)) from None
    return drawings


def _rounded(data: Any) -> Any:
    """Returns data with six significant digits of each number."""
    match data:
        case float():
            return float(f"{data:.6g}")
        case list():
            return [_rounded(item) for item in data]
        case dict():
            return {key: _rounded(item) for key, item in data.items()}
    return data
