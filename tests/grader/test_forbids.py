"""Forbidden calls are found under any name, and honest code is left alone."""

from __future__ import annotations

import pytest

from grader.forbids import first_hit

FORBIDS = ("torch.softmax", "torch.nn.functional.softmax", "torch.nn.Softmax", "Tensor.softmax")


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.softmax(x, -1)",
        "import torch as t\nt.softmax(x, -1)",
        "from torch import softmax\nsoftmax(x, -1)",
        "from torch import softmax as s\ns(x, -1)",
        "import torch.nn.functional as F\nF.softmax(x, -1)",
        "from torch.nn import functional\nfunctional.softmax(x, -1)",
        "import torch\ntorch.nn.functional.softmax(x)",
        "from torch import nn\nnn.Softmax(dim=-1)(x)",
        "x = 1\nx.softmax(-1)",
        "x = 1\n(x - 3).softmax(-1)",
        "import torch\nf = torch.softmax\nf(x)",
        "import torch\ngetattr(torch, 'softmax')(x)",
        "import torch\nlist(map(torch.softmax, xs))",
        "import torch\ntorch.Tensor.softmax(x, -1)",
    ],
)
def test_a_forbidden_call_is_found_with_its_line(code: str) -> None:
    hit = first_hit(code, FORBIDS)
    assert hit is not None
    assert hit[1] == (2 if "f = " not in code else 3)


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.log_softmax(x, -1)",
        "def softmax(x, dim=-1): ...\nsoftmax(x)",
        "class A:\n    def softmax(self, x): ...\n    def f(self, x): return self.softmax(x)",
        "'torch.softmax(x)'\n# torch.softmax(x)",
        "import numpy as np\nnp.exp(x)",
        "def broken(:",
        "torch.softmax",
    ],
)
def test_honest_code_is_left_alone(code: str) -> None:
    assert first_hit(code, FORBIDS) is None


def test_nothing_is_forbidden_unless_named() -> None:
    assert first_hit("import torch\ntorch.softmax(x)", ()) is None
