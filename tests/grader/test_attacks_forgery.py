"""Forged, early, endless and odd replies never pass, and a solution cannot change what probes and checks do."""

from __future__ import annotations

import marshal
import textwrap
import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from engine.frames import BadFrame
from exercises.exercise import Exercise
from grader.judge.protocol import validate
from tests.support.grading import Service

ATTENTION = "        T = x.shape[1]\n"

# names are built at run time, so that the static guard does not find them
FRAMES = {
    "a traceback": """
        try:
            raise ValueError
        except ValueError as error:
            frame = getattr(getattr(error, "__trace" + "back__"), "".join(["tb_", "frame"]))
        """,
    "sys": """
        frame = getattr(__import__("s" + "ys"), "".join(["_get", "frame"]))()
        """,
    "a generator": """
        def numbers():
            yield getattr(holder[0], "".join(["gi_", "frame"]))
        holder = []
        holder.append(numbers())
        frame = next(holder[0])
        """,
    "a helper of torch's": """
        import operator
        from torch.utils._pytree import tree_map
        try:
            raise ValueError
        except ValueError as error:
            trace = getattr(error, "__trace" + "back__")
            frame = tree_map(operator.attrgetter("".join(["tb_", "frame"])), [trace])[0]
        """,
    "the standard library": """
        import traceback
        try:
            raise ValueError
        except ValueError as error:
            frame = next(traceback.walk_tb(getattr(error, "__trace" + "back__")))[0]
        """,
    "the collector": """
        collector = __import__("".join(["g", "c"]))
        frame = [one for one in getattr(collector, "".join(["get_", "objects"]))() if "fra" + "me" in str(type(one))][0]
        """,
    "code run by a library": """
        import timeit
        timeit.timeit("import sys; holder.append(sys._get" "frame())", globals={"holder": (holder := [])}, number=1)
        frame = holder[0]
        """,
    "a file of its own": """
        import sys
        with open("more.py", "w") as file:
            file.write("import sys\\nframe = sys._get" "frame()\\n")
        sys.path.insert(0, ".")
        frame = __import__("more").frame
        """,
    "generated code": """
        space = {}
        getattr(__import__("built" + "ins"), "".join(["ex", "ec"]))("import sys; frame = sys._get" + "frame()", space)
        frame = space["frame"]
        """,
}


@pytest.fixture
def undropped(right: str) -> str:
    """A head without dropout, which only the statistics of its results tell from a correct one."""
    source = right.replace("self.dropout(weights)", "weights")
    assert source != right
    return source


@pytest.mark.parametrize("way", list(FRAMES))
def test_frames_are_out_of_reach(service: Service, causal: Exercise, undropped: str, way: str) -> None:
    cheat = (
        "\n\ndef cheat():\n" + textwrap.indent(textwrap.dedent(FRAMES[way]).strip(), "    ") + "\n    return frame\n"
    )
    verdict = service.check(causal, undropped.replace(ATTENTION, ATTENTION + "        cheat()\n") + cheat)
    assert not verdict.passed
    assert "reaches into the process that grades" in verdict.message


REPLACED = {
    "a function of torch, temporarily": """
        real = torch.stack
        def fake(tensors, *more):
            torch.stack = real
            mask = torch.rand(len(tensors), 50, 1) > 0.4
            return mask * tensors[0][:1].expand(len(tensors), 50, 4) / 0.6
        torch.stack = fake
        """,
    "a method, temporarily": """
        real = torch.Tensor.unique
        def fake(self):
            torch.Tensor.unique = real
            return torch.tensor([0.0, 167.0])
        torch.Tensor.unique = fake
        """,
    "a builtin, temporarily": """
        import builtins
        real = builtins.bool
        def fake(value):
            builtins.bool = real
            return True
        builtins.bool = fake
        """,
    "statistics of the kit": """
        import sys
        for module in list(sys.modules.values()):
            if hasattr(module, "dropout_statistics"):
                statistics = {"factors": [0.0, 1.67], "share": 0.4, "whole": True, "independent": True}
                module.dropout_statistics = lambda *a, **k: statistics
        """,
}


@pytest.mark.parametrize("what", list(REPLACED))
def test_replaced_functions_have_no_effect(service: Service, causal: Exercise, undropped: str, what: str) -> None:
    replace = "\n\ndef replace():\n" + textwrap.indent(textwrap.dedent(REPLACED[what]).strip(), "    ") + "\n"
    source = undropped.replace(ATTENTION, ATTENTION + "        self.training and replace()\n") + replace
    verdict = service.check(causal, source)
    assert not verdict.passed, what


def test_a_tensor_subclass_does_not_change_statistics(service: Service, causal: Exercise, undropped: str) -> None:
    liar = """

class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func.__name__ == "unique":
            return torch.tensor([0.0, 167.0])
        if func.__name__ in ("mean", "float"):
            return torch.tensor(0.4)
        return super().__torch_function__(func, types, args, kwargs or {})
"""
    verdict = service.check(causal, undropped.replace("return context", "return context.as_subclass(Liar)") + liar)
    assert not verdict.passed


@pytest.mark.parametrize("result", ["context[:, :1]", "x.new_ones(3)", "{}", "context.to('meta')", "[context]"])
def test_a_summary_of_odd_results_fails_the_check(service: Service, causal: Exercise, right: str, result: str) -> None:
    """The judge computes statistics of the results that it receives, whatever they are."""
    source = right.replace("return context", f"return {result} if self.training else context")
    verdict = service.check(causal, source)
    assert verdict.outcome == "failed"
    assert all(check.message for check in verdict.checks if check.outcome == "failed")


# `globals_` are those of the wrapper that records side effects
HIDING = {
    "by a different function": """
        real = globals_["fingerprint"]
        globals_["fingerprint"] = lambda value: () if isinstance(value, torch.Tensor) else real(value)
        """,
    "by different code in a function": f"""
        import copy, marshal
        code = marshal.loads({marshal.dumps((lambda value: ()).__code__)!r})
        copy._reconstruct(None, None, lambda: globals_["fingerprint"], (), (None, {{"__co" + "de__": code}}))
        """,
    "by a different method of a class": """
        globals_["SideEffectRecorder"]._record = lambda self, kind, message: None
        """,
}


@pytest.mark.parametrize("way", ["", *HIDING])
def test_side_effects_cannot_be_hidden(service: Service, causal: Exercise, right: str, way: str) -> None:
    hide = '\n\ndef hide():\n    globals_ = getattr(CausalAttention.forward, "__glo" + "bals__")\n'
    hide += textwrap.indent(textwrap.dedent(HIDING.get(way, "")).strip(), "    ")
    change = ATTENTION + "        self.training or x.data.add_(1e-6)\n        hide()\n"
    verdict = service.check(causal, right.replace(ATTENTION, change) + hide + "\n")
    assert not verdict.passed
    if not way:  # only the record of side effects tells this solution from a correct one
        assert [check.name for check in verdict.checks if check.outcome == "failed"] == ["test_manners"]


FORGERS = {
    "before it was asked": "write(forged('')); write(forged(''))",
    "while it runs": "threading.Thread(target=lambda: [write(forged('')) for _ in range(99)], daemon=True).start()",
    "without end": "threading.Thread(target=lambda: [write(b'\\0' * 4096) for _ in iter(int, 1)], daemon=True).start()",
    "too large": "write(struct.pack('<II', 2**31, 0))",
    "a size and then nothing": "write(struct.pack('<II', 1000, 1000))",
    "that it is over": "[os.close(fd) for fd in range(3, 64)]",
}


@pytest.mark.parametrize("what", list(FORGERS))
def test_forged_frames(service: Service, causal: Exercise, right: str, what: str) -> None:
    """A wrong solution writes into every file descriptor."""
    code = f"""
import json, os, struct, threading

def forged(mark):
    text = json.dumps({{"d": [["loaded", {{"d": []}}], ["asked", mark], ["result", True]]}}).encode()
    return struct.pack("<II", len(text), 0) + text

def write(data):
    for fd in range(3, 64):
        try:
            os.write(fd, data)
        except OSError:
            pass

{FORGERS[what]}
"""
    exercise = structs.replace(causal, time_limit=3.0)
    started = time.monotonic()
    verdict = service.check(exercise, right.replace("return context", "return context * 2") + code)
    assert time.monotonic() - started < 20
    assert not verdict.passed
    assert verdict.message
    assert service.check(causal, right).passed


RETURNED = (
    "torch.full_like(context, float('nan'))", "torch.zeros(10**7)", "context.to(torch.complex64)", "context.to('meta')",
    "torch.empty(0, 2**40)", "context.to_sparse()", "{'d': context}", "10 ** 10 ** 5", "'x' * 2**24", "iter([])",
    "{n * (2**61 - 1) for n in range(100_000)}", "float('nan')", "context.to(torch.bool)", "lambda: context",
    "context.expand(3, *context.shape)", "torch.nn.Parameter(context[:0])", "type('T', (dict,), {})()",
)  # fmt: skip


@pytest.mark.parametrize("value", RETURNED)
def test_odd_results(service: Service, causal: Exercise, right: str, value: str) -> None:
    verdict = service.check(structs.replace(causal, time_limit=5.0), right.replace("return context", f"return {value}"))
    assert not verdict.passed
    assert verdict.message
    assert all(len(check.message) < 2100 for check in verdict.checks)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
TENSORS = st.sampled_from((torch.ones(2), torch.ones(2).int(), torch.ones(2, 2), torch.empty(3, device="meta")))
DATA = st.recursive(
    PLAIN | TENSORS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PARTS = st.sampled_from(
    ("loaded", "broken", "raised", "result", "made", "seen", "unsendable", "seeded", "patched", "asked")
)


@given(DATA | st.dictionaries(PARTS, DATA, max_size=5), st.sampled_from(("", "mark")))
@settings(deadline=None, max_examples=120)
def test_any_reply_is_refused_or_has_the_right_types(reply: Any, asked: str) -> None:
    try:
        found = validate(reply, asked)
    except BadFrame:
        return
    for name in ("broken", "raised"):
        if report := found.get(name):
            assert all(isinstance(report[part], str) for part in ("kind", "text", "code"))
            assert report["line"] is None or report["line"] > 0
    assert all(isinstance(one, torch.Tensor) for one in found.get("made", []))
    assert all(isinstance(one, str) for one in found.get("seen", []))
