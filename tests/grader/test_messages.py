"""Where code cannot run, the verdict says what is wrong, in which line, and what to do."""

from __future__ import annotations

import pytest
from msgspec import structs

from exercises.exercise import Exercise
from exercises.load import load_course
from tests.support.grading import Service

NOT_TYPED = "nobody can type into a check. Remove it, or run the file yourself."
NOT_PROFILED = "a check cannot be traced or profiled. Remove it, or run the file yourself."
CODE = {
    "breakpoint()": f"calls `breakpoint()`: {NOT_TYPED}",
    "import pdb; pdb.set_trace()": f"calls `pdb.set_trace()`: {NOT_TYPED}",
    "import pdb; pdb.Pdb().set_trace()": f"calls `bdb.set_trace()`: {NOT_TYPED}",
    "import pdb; pdb.run('1')": f"calls `pdb.run()`: {NOT_TYPED}",
    "name = input('Name? ')": f"calls `input()`: {NOT_TYPED}",
    "import cProfile; cProfile.run('1')": f"calls `cProfile.run()`: {NOT_PROFILED}",
    "import profile; profile.run('1')": f"calls `profile.run()`: {NOT_PROFILED}",
    "import trace; trace.Trace().run('1')": f"calls `trace.run()`: {NOT_PROFILED}",
    "import cProfile; cProfile.Profile().__enter__()": f"uses `cProfile`: {NOT_PROFILED}",
    "del torch; torch.ones(1)": "Add `import torch` at the top of the file.",
    "np.ones(1)": "Add `import numpy as np` at the top of the file.",
    "import tiktoken; tiktoken.get_encoding('cl100k_base')": 'use tiktoken.get_encoding("gpt2")',
    "import tiktoken; tiktoken.encoding_for_model('gpt-4o')": 'The encoding "o200k_base" is not available in a check',
    "torch.epx(1)": "Did you mean `torch.exp`?",
    "contxt_length = 1; context_length": "Did you mean `contxt_length`?",
    "class A(nn.Module):\n    def __init__(self): self.a = nn.Linear(1, 1)\nA()": "`super().__init__()` is missing",
    "class B(nn.Module):\n    def __init__(self): self.n = 1\nB()(1)": "`super().__init__()` is missing",
}


@pytest.mark.parametrize("code", list(CODE))
def test_the_message_says_what_to_do(service: Service, causal: Exercise, right: str, code: str) -> None:
    verdict = service.check(causal, f"{right}\n\n{code}\n")
    assert CODE[code] in verdict.message
    assert "reaches into" not in verdict.message
    assert verdict.line is not None and verdict.line >= len(right.splitlines())


def test_a_missing_part_is_imported_from_parts(service: Service) -> None:
    exercise = load_course().exercise("train-toy")
    verdict = service.check(exercise, "def train_toy(*args, **kwargs):\n    return train_epoch(1)\n")
    assert "Add `from parts import train_epoch` at the top of the file" in verdict.message


@pytest.mark.parametrize("line", ["import pdb", "import cProfile, bdb, code", "def chat(): return input()"])
def test_what_is_not_called_is_no_fault(service: Service, causal: Exercise, right: str, line: str) -> None:
    assert service.check(causal, f"{line}\n{right}").passed


@pytest.mark.parametrize("where", ["loading", "running"])
def test_a_timeout_names_the_line_it_was_on(service: Service, causal: Exercise, right: str, where: str) -> None:
    loop = "numbers = 0\nwhile True:\n    numbers += 1\n"
    body = "".join(f"        {line}\n" for line in loop.splitlines())
    source = loop + right if where == "loading" else right.replace("        T = x.shape[1]\n", body)
    verdict = service.check(structs.replace(causal, time_limit=1.5), source)
    assert verdict.outcome == "timeout"
    assert verdict.line_text in ("while True:", "numbers += 1")
    assert f"so it was stopped in line {verdict.line}." in verdict.message
    assert "File" not in verdict.output


def test_only_the_solutions_own_warnings_are_what_it_printed(service: Service, causal: Exercise, right: str) -> None:
    code = "import warnings\nnn.functional.softmax(torch.ones(2, 2))\ntorch.ones(2, 3, 4).T\nwarnings.warn('mine')\n"
    output = service.check(causal, right + code).output
    assert "UserWarning: mine" in output and "softmax" not in output and "deprecated" not in output


def test_an_indentation_error_keeps_its_indentation(service: Service, causal: Exercise) -> None:
    verdict = service.check(causal, "def f():\n    x = 1\n      y = 2\n")
    assert verdict.line_text == "      y = 2"
