"""The learner's process: loads the solution, runs the probes that the judge requests, and sends back their data."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import sys
import types
import warnings
from itertools import count
from typing import Any, NamedTuple

import torch

from engine.frames import Channel, ChannelClosed, Unsendable
from exercises.kit import common_probes, training_watch
from grader.child import audit_hook, gpt2_vocabulary, parts, solution
from grader.child.import_watch import ImportWatch
from grader.child.side_effects import SideEffectRecorder
from grader.child.tamper_guard import TamperGuard, hide_ours, probes_of
from grader.child.tensor_recorder import TensorRecorder
from grader.child.value_recorder import ValueRecorder
from grader.messages import TRACEBACK_SIGNAL

SEED = 20241001


class PreparedContext(NamedTuple):
    """An exercise's context, with what the process makes of it before the source arrives."""

    context: dict[str, Any]
    probes: types.ModuleType
    guard: TamperGuard
    parts: parts.Parts


def prepare(context: dict[str, Any]) -> PreparedContext:
    """Makes the exercise's parts and probes, and remembers the names that the solution must not replace."""
    gpt2_vocabulary.offer()
    sources, offers = context["parts"]
    offered = parts.install(
        sources, offers, context["symbols"], context["own_files"] if context["has_own_parts"] else None
    )
    probes = probes_of(context["probes"])
    common_probes.add_common_probes(vars(probes))
    sys.breakpointhook = audit_hook.refuse_breakpoint
    return PreparedContext(context, probes, TamperGuard(probes), offered)


def serve(channel: Channel, prepared: PreparedContext, source: bytes) -> None:
    """Sends {"loaded"} or {"broken"}, then a reply to each probe call until the judge closes the channel."""
    context, probes, guard, offered = prepared
    training_watch.set_progress_listener(lambda step, steps, loss: channel.send({"progress": [step, steps, loss]}))
    hide_ours()
    filename = context["filename"]
    audit_hook.install(ValueRecorder.trace.__code__)
    _hide_library_warnings(filename)
    if hasattr(faulthandler, "register"):  # the judge asks where the code is when its time is over
        faulthandler.register(TRACEBACK_SIGNAL, file=2, all_threads=False)
    try:
        impl = solution.load(source, filename)
        if missing := solution.describe_missing(impl, context["symbols"]):
            channel.send({"broken": {"kind": "Missing", "text": missing, "line": None, "code": "", "outside": True}})
            return
    except BaseException as error:  # includes SystemExit and KeyboardInterrupt
        channel.send({"broken": solution.report(error, filename)})
        return
    finally:
        _flush()
    loaded = {
        "loaded": solution.signatures(impl, context["symbols"]),
        "aliases": solution.aliases(impl, context["symbols"]),
    }
    channel.send(loaded | {"patched": guard.replaced()} | _parts_used(context, offered))
    recorder = SideEffectRecorder(impl, context["symbols"], context["changes"])
    with contextlib.suppress(ChannelClosed):
        for number in count(1):
            request = channel.receive()
            watch = ImportWatch()
            if request.get("afresh"):
                reply = _reply_afresh(request, context, source, vars(probes))
            else:
                reply = _reply(request, recorder, vars(probes), filename)
            header = {"asked": request["ask"], "patched": guard.replaced_by(number), "imported": watch.imported}
            header |= _parts_used(context, offered)
            _flush()
            try:
                channel.send(reply | header)
            except Unsendable as error:
                channel.send(header | {"unsendable": str(error)})
            except (ChannelClosed, MemoryError):
                raise
            except Exception as error:  # an odd object, such as a tensor subclass of the learner's
                channel.send(header | {"unsendable": f"something that cannot be read as data ({type(error).__name__})"})


def _parts_used(context: dict[str, Any], offered: parts.Parts) -> dict[str, Any]:
    """Returns which parts are used so far, in a check with the learner's own parts."""
    return {"parts": offered.used, "part_problems": offered.problems} if context["has_own_parts"] else {}


def _reply(
    request: dict[str, Any], recorder: SideEffectRecorder, probes: dict[str, Any], filename: str
) -> dict[str, Any]:
    recorder.take()
    torch.default_generator.manual_seed(SEED)  # torch.manual_seed would format a traceback for CUDA
    if request.get("trace"):
        return _trace(request, recorder.impl, probes, filename)
    try:
        result = probes[request["probe"]](recorder.impl, **request["arguments"])
    except BaseException as error:
        return {"raised": solution.report(error, filename), "methods": sorted(recorder.methods)}
    return {"result": result, "methods": sorted(recorder.methods), "side_effects": recorder.take()}


def _reply_afresh(
    request: dict[str, Any], context: dict[str, Any], source: bytes, probes: dict[str, Any]
) -> dict[str, Any]:
    """Replies to a probe call with the solution loaded anew, so that nothing is kept from earlier calls."""
    filename = context["filename"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it is printed already
        try:
            impl = solution.load(source, filename)
        except BaseException as error:
            return {"raised": solution.report(error, filename)}
        recorder = SideEffectRecorder(impl, context["symbols"], context["changes"])
        return _reply(request, recorder, probes, filename)


def _trace(request: dict[str, Any], impl: types.ModuleType, probes: dict[str, Any], filename: str) -> dict[str, Any]:
    """Repeats a probe call, and returns every value that the solution makes on the way."""
    with TensorRecorder():
        torch.zeros(1)  # the first operation imports hundreds of modules, whose calls would be counted as the code's
    tensors, values = TensorRecorder(), ValueRecorder(filename)
    is_complete = False
    with contextlib.suppress(BaseException), tensors, values:  # the call may raise as it did before
        probes[request["probe"]](impl, **request["arguments"])
        is_complete = True
    return {"made": tensors.made, "seen": sorted(values.seen), "complete": is_complete}


def _hide_library_warnings(filename: str) -> None:
    """Shows only the warnings that the solution itself gives: those of libraries are not what it printed."""
    show = warnings.showwarning

    def show_own(message: Warning | str, *details: Any, **options: Any) -> None:
        caller: types.FrameType | None = sys._getframe(1)
        while caller is not None and caller.f_globals.get("__name__") == "warnings":
            caller = caller.f_back
        is_own = caller is not None and caller.f_code.co_filename == filename
        if is_own and "Triggered internally" not in str(message):  # torch's native code says this
            show(message, *details, **options)

    warnings.showwarning = show_own


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
