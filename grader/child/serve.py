"""The learner's side of a check: loads the solution, then runs the probes it is asked for and sends back data."""

from __future__ import annotations

import contextlib
import sys
import types
from typing import Any, NamedTuple

import torch

from engine.frames import Channel, ChannelClosed, Unsendable
from exercises.kit import common_probes, training_watch
from grader.child import audit_hook, gpt2_vocabulary, parts, side_effects, solution, tensor_recorder, value_recorder
from grader.child.tamper_guard import TamperGuard, hide_ours, probes_of

SEED = 20241001


class Ready(NamedTuple):
    """What a process has made of a question before there is a solution."""

    question: dict[str, Any]
    probes: types.ModuleType
    guard: TamperGuard


def get_ready(question: dict[str, Any]) -> Ready:
    """Makes the exercise's parts and probes, and remembers what stands where."""
    gpt2_vocabulary.offer()
    parts.install(question["parts"][0], question["parts"][1], question["symbols"])
    probes = probes_of(question["probes"])
    common_probes.add_common_probes(vars(probes))
    return Ready(question, probes, TamperGuard(probes))


def serve(channel: Channel, ready: Ready, source: bytes) -> None:
    """Answers until the judge hangs up: first {"loaded"} or {"broken"}, then a reply for each probe."""
    job, probes, guard = ready
    training_watch.set_progress_listener(lambda step, of, loss: channel.send({"progress": [step, of, loss]}))
    hide_ours()
    filename = job["filename"]
    audit_hook.install(value_recorder.Watcher._enter.__code__)
    try:
        impl = solution.load(source, filename)
        if missing := solution.describe_missing(impl, job["symbols"]):
            channel.send({"broken": {"kind": "Missing", "text": missing, "line": None, "code": "", "outside": True}})
            return
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the file chose to end
        channel.send({"broken": solution.report(error, filename)})
        return
    finally:
        _flush()
    channel.send({"loaded": solution.signatures(impl, job["symbols"]), "patched": guard.replaced()})
    watch = side_effects.Watch(impl, job["symbols"], job["changes"])
    with contextlib.suppress(ChannelClosed):
        while True:
            request = channel.receive()
            reply = _answer(request, watch, vars(probes), filename)
            about = {"asked": request["ask"], "patched": guard.replaced()}
            _flush()
            try:
                channel.send(reply | about)
            except Unsendable as error:
                channel.send(about | {"unsendable": str(error)})
            except (ChannelClosed, MemoryError):
                raise
            except Exception as error:  # an odd object, such as a tensor subclass of the learner's
                channel.send(about | {"unsendable": f"something that cannot be read as data ({type(error).__name__})"})


def _answer(
    request: dict[str, Any], watch: side_effects.Watch, probes: dict[str, Any], filename: str
) -> dict[str, Any]:
    watch.take()
    if request.get("trace"):
        return _trace(request, watch.impl, probes, filename)
    torch.default_generator.manual_seed(SEED)  # torch.manual_seed would format a traceback for CUDA
    try:
        result = probes[request["probe"]](watch.impl, **request["arguments"])
    except BaseException as error:
        return {"raised": solution.report(error, filename)}
    return {"result": result, "noticed": watch.take()}


def _trace(request: dict[str, Any], impl: types.ModuleType, probes: dict[str, Any], filename: str) -> dict[str, Any]:
    """Runs a probe once more and sends back every value that the solution made on the way."""
    torch.default_generator.manual_seed(SEED)
    recorder, watcher = tensor_recorder.Recorder(), value_recorder.Watcher(filename)
    with contextlib.suppress(BaseException), recorder, watcher:  # it may raise as it did before
        probes[request["probe"]](impl, **request["arguments"])
    return {"made": recorder.made, "seen": sorted(watcher.seen)}


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
