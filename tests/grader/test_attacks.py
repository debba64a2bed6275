"""Harmful code fails with a clear message within its time limit, and does not affect the next check."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from msgspec import structs

from exercises.exercise import Exercise
from tests.support.grading import Service

LIMIT = 2.0

HARMFUL = {
    "endless loop": ("while True: pass", "timeout", "did not finish within 2 seconds"),
    "endless wait": ("import time; time.sleep(60)", "timeout", "or your code waits for something"),
    "exit": ("import os; os._exit(0)", "crashed", "ended the Python process (exit code 0)"),
    "sys.exit": ("import sys; sys.exit(0)", "error", "ends the program (SystemExit)"),
    "native crash": ("import faulthandler; faulthandler._sigsegv()", "crashed", "native code (SIGSEGV)"),
    "abort": ("import os; os.abort()", "crashed", "native code (SIGABRT)"),
    "60 GB": ("hoard = torch.ones(15_000_000_000)", "error", "asks for more memory"),
    "60 GB of bytes": ("hoard = bytearray(60 * 2**30)", "error", "asks for more memory"),
    "200 MB of prints": ("for _ in range(200): print('x' * 2**20)", "failed", "printed more than 16 MiB"),
    "no end of recursion": ("def f(): return f()\nf()", "error", "calls itself too many times"),
    "patched torch.testing": (
        "torch.testing.assert_close = lambda *a, **k: None", "failed", "replaces `torch.testing.assert_close`"),
    "patched allclose": ("torch.allclose = lambda *a, **k: True", "failed", "replaces `torch.allclose`"),
    "reference": ("from reference.attention import CausalAttention", "error", "the reference cannot be imported"),
    "own part": ("from parts import CausalAttention", "error", "it is what you are building"),
    "other part": ("from parts import MultiHeadAttention", "error", "does not offer `MultiHeadAttention`"),
    "no module": ("import torhc", "error", "there is no module `torhc`"),
    "no name": ("from torch import softmaxx", "error", "the import fails"),
}  # fmt: skip


@pytest.mark.parametrize("where", ["while loading", "while running"])
@pytest.mark.parametrize("harm", list(HARMFUL))
def test_harmful_code_is_reported(service: Service, causal: Exercise, right: str, harm: str, where: str) -> None:
    code, outcome, sentence = HARMFUL[harm]
    exercise = structs.replace(causal, time_limit=LIMIT)
    if where == "while loading":
        source = right + "\n\n" + code + "\n"
    else:
        body = "\n".join("        " + line for line in code.splitlines())
        source = right.replace("        T = x.shape[1]\n", f"{body}\n        T = x.shape[1]\n")
        assert source != right
        outcome = "failed" if outcome == "error" else outcome
    started = time.monotonic()
    verdict = service.check(exercise, source)
    assert time.monotonic() - started < LIMIT + 20  # it ends, also on a busy machine
    assert verdict.outcome == outcome, verdict
    assert sentence in verdict.message
    assert len(verdict.output) <= 66_000
    if harm == "200 MB of prints":
        assert "cut here" in verdict.output
    assert service.check(causal, right).passed


def test_an_empty_file(service: Service, causal: Exercise) -> None:
    for nothing in ("", "  \n\n", "\n" * 100):
        verdict = service.check(causal, nothing)
        assert verdict.outcome == "error"
        assert (
            verdict.message
            == "This file is empty. `fromscratch reset causal-attention` brings the starting point back."
        )
        assert verdict.checks


def test_the_next_check_is_as_fast(service: Service, causal: Exercise, right: str) -> None:
    before = min(service.check(causal, right).seconds for _ in range(5))
    service.check(structs.replace(causal, time_limit=1.0), right + "\nwhile True: pass\n")
    after = min(service.check(causal, right).seconds for _ in range(5))
    assert after < 3 * before + 0.1  # the same kind of work, not a cold start


def test_no_file_outside_is_written_or_read(service: Service, causal: Exercise, right: str, tmp_path: Path) -> None:
    target = tmp_path / "written"
    code = f"""
def attempt(*arguments):
    try:
        open(*arguments).read
        return "open"
    except OSError:
        return "refused"
print(attempt({str(target)!r}, "w"), attempt({str(causal.folder / "exercise.toml")!r}), attempt("here.txt", "w"))
"""
    verdict = service.check(causal, right + code)
    assert verdict.passed
    assert verdict.output.split() == ["refused", "refused", "open"]
    assert not target.exists()


def test_no_connection_no_process_no_signal(service: Service, causal: Exercise, right: str) -> None:
    code = f"""
import os, signal, socket, subprocess
def attempt(call, *arguments):
    try:
        call(*arguments)
        return "done"
    except OSError:
        return "refused"
print(attempt(socket.socket), attempt(os.fork), attempt(subprocess.run, ["true"]), attempt(os.kill, {os.getpid()}, 0),
      attempt(os.kill, os.getppid(), signal.SIGKILL), attempt(os.kill, -1, signal.SIGKILL))
"""
    verdict = service.check(causal, right + code)
    assert verdict.passed
    assert verdict.output.split() == ["refused"] * 6


def test_threads_are_allowed(service: Service, causal: Exercise, right: str) -> None:
    code = "\nimport threading\nt = threading.Thread(target=print, args=('hello',))\nt.start()\nt.join()\n"
    verdict = service.check(causal, right + code)
    assert verdict.passed
    assert verdict.output == "hello\n"


def test_results_with_a_false_eq(service: Service, causal: Exercise, right: str) -> None:
    """Objects whose __eq__ always returns True are sent as plain data, or refused."""
    liar = (
        "\n\nclass Liar(torch.Tensor):\n    def __eq__(self, other): return True\n"
        "    def equal(self, other): return True\n\n"
    )
    body = right.replace("return context", "return context.mul(2).as_subclass(Liar)")
    assert not service.check(causal, body + liar).passed
    odd = right.replace("return context", "return lambda: context")
    verdict = service.check(causal, odd)
    assert not verdict.passed
    assert "function" in verdict.message


def test_writing_into_the_channel(service: Service, causal: Exercise, right: str) -> None:
    code = """
import os
for fd in range(3, 64):
    try:
        os.write(fd, b'{"verdict": {"outcome": "passed"}}' * 100)
    except OSError:
        pass
"""
    verdict = service.check(causal, right.replace("return context", "return context * 2") + code)
    assert not verdict.passed
    assert verdict.outcome in ("failed", "crashed", "timeout")


def test_changed_builtins_do_not_affect_the_next_check(service: Service, causal: Exercise, right: str) -> None:
    spoil = right + "\nimport builtins\nbuiltins.len = lambda x: 0\n"
    assert not service.check(causal, spoil).passed
    assert service.check(causal, right).passed
