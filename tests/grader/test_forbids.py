"""Forbidden calls are found under any name, and honest code is left alone."""

from __future__ import annotations

import pytest

from grader.forbids import first_hit

FORBIDS = ("torch.softmax", "torch.nn.functional.softmax", "torch.nn.Softmax", "Tensor.softmax")
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
        "import torch\n" + BODY + "torch.nn.functional.softmax(x)",
        "from torch import nn\n" + BODY + "nn.Softmax(dim=-1)(x)",
        "import torch\n" + BODY + "x.softmax(-1)",
        "import torch\n" + BODY + "(x - 3).softmax(-1)",
        "import torch\n" + BODY + "getattr(torch, 'softmax')(x)",
        "import torch\n" + BODY + "list(map(torch.softmax, x))",
        "import torch\n" + BODY + "torch.Tensor.softmax(x, -1)",
        "import torch\n\nanswer = torch.softmax",
        "import torch\n\nanswer = lambda x: torch.softmax(x, -1)",
        "import torch\n\nfrom torch import softmax as answer",
        "import torch\ndef helper(x):\n    return torch.softmax(x, -1)\ndef answer(x):\n    return helper(x)",
        "import torch\ndef helper(x):\n    f = torch.softmax\n    return f(x, -1)\nanswer = helper",
        "import torch\n\nclass answer(torch.nn.Softmax): ...",
        "import torch\nclass answer:\n    def f(self, x): return torch.softmax(x, -1)",
    ],
)
def test_a_forbidden_call_is_found_with_its_line(code: str) -> None:
    hit = first_hit(code, FORBIDS, ("answer",))
    assert hit is not None
    assert hit[1] == 3


@pytest.mark.parametrize(
    "code",
    [
        "import torch\n" + BODY + "torch.log_softmax(x, -1)",
        "def softmax(x, dim=-1): ...\n" + BODY + "softmax(x)",
        "class answer:\n    def softmax(self, x): ...\n    def f(self, x): return self.softmax(x)",
        BODY + "'torch.softmax(x)'  # torch.softmax(x)",
        "import torch\n" + BODY + "x\nassert torch.softmax(x, -1) == answer(x)",
        "import torch\n" + BODY + "x\nif __name__ == '__main__':\n    print(torch.softmax(x, -1))",
        "import torch\n" + BODY + "x\nclass Other:\n    def f(self, x): return torch.softmax(x, -1)",
        "def broken(:",
        "",
    ],
)
def test_honest_code_is_left_alone(code: str) -> None:
    assert first_hit(code, FORBIDS, ("answer",)) is None


def test_nothing_is_forbidden_unless_named() -> None:
    assert first_hit("import torch\nanswer = torch.softmax", (), ("answer",)) is None
