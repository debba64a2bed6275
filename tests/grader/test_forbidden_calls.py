"""Forbidden calls are found under any name; nothing is found in other code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.course import Course
from grader.source import static_guard
from grader.source.forbidden_calls import first_hit
from tests.support.solutions import correct

FORBIDS = (
    "torch.softmax",
    "torch.special.softmax",
    "torch.nn.functional.softmax",
    "torch.nn.Softmax",
    "Tensor.softmax",
)
BODY = "def answer(x):\n    return "


@pytest.mark.parametrize(
    "code",
    [
        "import torch\n" + BODY + "torch.softmax(x, -1)",
        "import torch as t\n" + BODY + "t.softmax(x, -1)",
        "from torch import softmax\n" + BODY + "softmax(x, -1)",
        "from torch import softmax as s\n" + BODY + "s(x, -1)",
        "import torch.nn.functional as F\n" + BODY + "F.softmax(x, -1)",
        "from torch.nn import functional\n" + BODY + "functional.softmax(x, -1)",
        "from torch.nn.functional import *\n" + BODY + "softmax(x, -1)",
        "import torch\n" + BODY + "torch.nn.functional.softmax(x)",
        "import torch\n" + BODY + "torch.nn.modules.activation.Softmax(-1)(x)",
        "import torch\n" + BODY + "torch.nn.functional.torch.softmax(x, -1)",
        "import torch\n" + BODY + "torch._C._VariableFunctions.softmax(x, -1)",
        "import torch\n" + BODY + "torch.ops.aten._softmax(x, -1, False)",
        "import torch\n" + BODY + "torch.ops.aten.softmax.int(x, -1)",
        "import torch\n" + BODY + "torch._softmax(x, -1, False)",
        "from torch import nn\n" + BODY + "nn.Softmax(dim=-1)(x)",
        "import torch\n" + BODY + "x.softmax(-1)",
        "import torch\n" + BODY + "(x - 3).softmax(-1)",
        "import torch\n" + BODY + "getattr(x, 'softmax')(-1)",
        "import torch\n" + BODY + "type(x).softmax(x, -1)",
        "import operator\n" + BODY + "operator.methodcaller('softmax', -1)(x)",
        "import torch\n" + BODY + "getattr(torch, 'softmax')(x)",
        "import torch\n" + BODY + "getattr(torch, 'soft' + 'max')(x)",
        "import torch\n" + BODY + "getattr(torch, 'xamtfos'[::-1])(x)",
        "import torch\n" + BODY + "vars(torch)['softmax'](x, -1)",
        "import torch\n" + BODY + "torch.__dict__['softmax'](x, -1)",
        "\n" + BODY + "__import__('torch').softmax(x, -1)",
        "import importlib\n" + BODY + "importlib.import_module('torch.nn.functional').softmax(x, -1)",
        "import torch\n" + BODY + "[torch.softmax][0](x, -1)",
        "import torch\n" + BODY + "(torch.softmax if x is not None else None)(x, -1)",
        "import torch\n" + BODY + "list(map(torch.softmax, x))",
        "import torch\n" + BODY + "torch.Tensor.softmax(x, -1)",
        "import torch\n\nanswer = torch.softmax",
        "import torch\n\nanswer = lambda x: torch.softmax(x, -1)",
        "import torch\n\nfrom torch import softmax as answer",
        "import torch\n\ndef answer(x, f=torch.softmax):\n    return f(x, -1)",
        "import torch\ndef answer(x):\n    a, b = torch.softmax, 1\n    return a(x, b)",
        "import torch\ndef helper(x):\n    return torch.softmax(x, -1)\ndef answer(x):\n    return helper(x)",
        "import torch\ndef helper(x):\n    f = torch.softmax\n    return f(x, -1)\nanswer = helper",
        "import torch\n\nclass answer(torch.nn.Softmax): ...",
        "import torch\nclass answer:\n    def f(self, x): return torch.softmax(x, -1)",
        "import torch\nclass answer(torch.Tensor):\n    def f(self): return self.softmax(-1)",
        "import torch\nclass answer: ...\nanswer.forward = lambda self, x: torch.softmax(x, -1)",
        "import torch\nclass answer: ...\nsetattr(answer, 'forward', torch.softmax)",
        "def answer(x):\n    from torch import softmax\n    return softmax(x, -1)",
        "import torch\nif torch:\n    s = torch.softmax\nelse:\n    def s(x): ...\ndef answer(x): return s(x)",
    ],
)
def test_a_forbidden_call_is_found_with_its_line(code: str) -> None:
    hit = first_hit(code, FORBIDS, ("answer",))
    assert hit is not None
    line = code.splitlines()[hit[1] - 1]
    assert any(word in line for word in ("softmax", "Softmax", "getattr", "s(x"))


def test_the_kernel_of_a_forbidden_function_is_forbidden() -> None:
    code = "import torch\n" + BODY + "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(x, x, x)[0]"
    hit = first_hit(code, ("torch.nn.functional.scaled_dot_product_attention",), ("answer",))
    assert hit is not None and hit[1] == 3


@pytest.mark.parametrize(
    "code",
    [
        "import torch\n" + BODY + "torch.log_softmax(x, -1)",
        "def softmax(x, dim=-1): ...\n" + BODY + "softmax(x)",
        "from torch import softmax\ndef softmax(x, dim=-1): ...\n" + BODY + "softmax(x)",
        "from torch import softmax\n" + BODY + "x.exp() / x.exp().sum()",
        "def other(x):\n    from torch import softmax\n    return softmax(x)\ndef softmax(x): ...\n"
        + BODY
        + "softmax(x)",
        "from torch import softmax\ndef answer(x):\n    softmax = x.exp()\n    return softmax / softmax.sum()",
        "from torch import softmax\ndef answer(x, softmax):\n    return softmax(x)",
        "from torch import softmax\ndef answer(x):\n    return [softmax.sum() for softmax in x]",
        "class answer:\n    def softmax(self, x): ...\n    def f(self, x): return self.softmax(x)",
        "class answer:\n    def __init__(self, f): self.softmax = f\n    def g(self, x): return self.softmax(x)",
        "class Tools:\n    def softmax(self, x): ...\n" + BODY + "Tools().softmax(x)",
        "class Tools:\n    def softmax(self, x): ...\ntools = Tools()\n" + BODY + "tools.softmax(x)",
        "class Tools:\n    def softmax(self, x): ...\nclass answer:\n    def __init__(self): self.tools = Tools()\n"
        "    def f(self, x): return self.tools.softmax(x)",
        "import torch\ndef answer(x: torch.nn.Softmax) -> torch.nn.Softmax:\n    return x",
        "import torch\n" + BODY + "x if isinstance(x, torch.nn.Softmax) else x.exp()",
        BODY + "'torch.softmax(x)'  # torch.softmax(x)",
        'def answer(x):\n    """Like torch.softmax(x, -1)."""\n    return x.exp() / x.exp().sum()',
        "import torch\n" + BODY + "x\nassert torch.softmax(x, -1) == answer(x)",
        "import torch\n" + BODY + "x\nif __name__ == '__main__':\n    print(torch.softmax(x, -1))",
        "import torch\n" + BODY + "x\nif __name__ == '__main__':\n    x = 3\n    y = torch.softmax(x, -1)",
        "import torch\n" + BODY + "x\nclass Other:\n    def f(self, x): return torch.softmax(x, -1)",
        "import torch\n" + BODY + "x.to(getattr(torch, 'float32'))",
        "a = b\nb = a\n" + BODY + "a(x)",
        "def broken(:",
        "",
    ],
)
def test_nothing_is_found_in_other_code(code: str) -> None:
    assert first_hit(code, FORBIDS, ("answer",)) is None


def test_only_the_named_calls_are_forbidden() -> None:
    assert first_hit("import torch\nanswer = torch.softmax", (), ("answer",)) is None


def test_nothing_is_found_in_correct_solutions(course: Course) -> None:
    """Neither alone nor in one file with all solutions of the course."""
    everything = "\n\n".join(correct(exercise) for exercise in course.exercises)
    for exercise in course.exercises:  # one after the other, so that it is parsed once
        assert first_hit(everything, exercise.forbids, exercise.symbols) is None, exercise.id
    for exercise in course.exercises:
        styles = [path.read_text("utf-8") for path in sorted((exercise.folder / "other_styles").glob("*.py"))]
        for source in [correct(exercise), *styles]:
            assert first_hit(source, exercise.forbids, exercise.symbols) is None, exercise.id


WORDS = (
    "import torch", "from torch import *", "x", "=", "(", ")", "[", "]", ":", "\n", "    ", "def f(x):", "class A:",
    "lambda", "for", "in", "if", "else", "torch.softmax", ".", "getattr", "'softmax'", ",", "answer", "*", "return",
    "with", "as", "try:", "except E as e:", "match x:", "case _:", "@", "yield", "await", "async", ":=", "f'{x}'",
)  # fmt: skip
PIECES = st.sampled_from(WORDS)


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join))
@settings(deadline=None, max_examples=300)
def test_any_text_is_accepted(source: str) -> None:
    for hit in (first_hit(source, FORBIDS, ("answer",)), static_guard.first_hit(source)):
        assert hit is None or 1 <= hit[1] <= source.count("\n") + 1


def test_sources_that_grow_exponentially_are_fast() -> None:
    doubling = "x0 = 1\n" + "".join(f"if x0:\n    x{n + 1} = x{n}\nelse:\n    x{n + 1} = x{n}\n" for n in range(300))
    backwards = "".join(f"y{n} = y{n + 1}\n" for n in range(5000, 0, -1))
    deep = "z = " + "+".join(["torch"] * 900) + "\n"
    for source in (doubling + "answer = x300\n", backwards + "answer = y1\n", deep + "answer = z\n"):
        assert first_hit(source, FORBIDS, ("answer",)) is None
    hidden = "import torch\n" + deep + backwards + "answer = (y1, z, torch.softmax)\n"
    assert first_hit(hidden, FORBIDS, ("answer",)) is not None
