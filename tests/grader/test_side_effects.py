"""Side effects of calls are recorded; correct code of any style has none."""

from __future__ import annotations

import random
import textwrap

import pandas
import pytest
import torch

from grader.child.side_effects import SideEffectRecorder, take_side_effects
from grader.source import reference_source

RIGHT = """
import torch
from torch import nn

class Layer(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)
        self.weight = nn.Parameter(torch.ones(2))
        self.parts = nn.ModuleList([nn.Linear(2, 2)])
    def forward(self, x):
        return self.parts[0](x) * self.weight

def f(x, kept=None):
    return x + 1

def g(model):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        result = model(torch.ones(1, 2)).sum().item()
    model.train(was_training)
    return result
"""


def side_effects(source: str, changes: tuple[str, ...] = ()) -> dict[str, str]:
    """The side effects of a few calls of Layer, f and g."""
    module = reference_source.module(textwrap.dedent(source), "recorded_code")
    impl = SideEffectRecorder(module, ("Layer", "f", "g"), changes).impl
    layer = impl.Layer([1, 2])
    layer(torch.ones(3, 2))
    impl.f(torch.ones(2), {"a": [1]})
    impl.f(torch.zeros(2))
    impl.g(layer.train())
    return take_side_effects(impl)


def test_correct_code_has_no_side_effects() -> None:
    assert side_effects(RIGHT) == {}


@pytest.mark.parametrize(
    ("old", "new", "kind", "message"),
    [
        ("return x + 1", "x += 1; return x.clone()", "inputs f[0]", "changes `x` in place"),
        ("return x + 1", "return x.requires_grad_() + 1", "inputs f[0]", "sets requires_grad on `x`"),
        ("return x + 1", "(kept or {}).get('a', []).append(2); return x + 1", "inputs f[1]", "changes `kept` in place"),
        ("list(sizes)", "sizes; sizes.sort(reverse=True)", "inputs Layer[0]", "changes `sizes`"),
        ("return x + 1", "torch.set_grad_enabled(False); return x + 1", "global_state", "leaves gradients disabled"),
        ("return x + 1", "torch.set_default_dtype(torch.float64); return x + 1", "global_state", "default dtype"),
        ("return x + 1", "torch.manual_seed(3); return x + 1", "global_state", "torch.manual_seed"),
        ("return x + 1", "import random; random.seed(3); return x + 1", "global_state", "random.seed"),
        (
            "return x + 1",
            "f.__dict__.setdefault('b', x + 1).copy_(x); return f.b",
            "earlier_results",
            "A later call",
        ),
        ("return x + 1", "return (x + 1).requires_grad_()", "requires_grad", "requires gradients"),
        ("    model.train(was_training)", "    pass", "mode", "which was training"),
        ("return result", "model.weight.data.add_(1); return result", "model", "changes the weights of `model`"),
        ("    result = model", "    model.weight.requires_grad_(False); result = model", "model", "sets requires_grad"),
        ("return self.parts[0]", "self.eval(); return self.parts[0]", "mode", "changes the module's mode"),
        ("nn.ModuleList([nn.Linear(2, 2)])", "[nn.Linear(2, 2)]", "registered", "`parts` is not among"),
        ("nn.Parameter(torch.ones(2))", "torch.ones(2, requires_grad=True)", "registered", "`weight` is not among"),
    ],
)
def test_side_effects_are_recorded(old: str, new: str, kind: str, message: str) -> None:
    assert RIGHT.count(old) == 1
    state = random.getstate()
    recorded = side_effects(RIGHT.replace(old, new))
    random.setstate(state)
    assert kind in recorded
    assert message in recorded[kind]


def test_changes_that_the_task_allows_are_not_recorded() -> None:
    changed = RIGHT.replace("return result", "model.weight.data.add_(1); return result")
    assert side_effects(changed, changes=("g[0]",)) == {}
    left = RIGHT.replace("    model.train(was_training)", "    pass")
    assert side_effects(left, changes=("g[0].mode",)) == {}


def test_settings_are_restored() -> None:
    side_effects(RIGHT.replace("return x + 1", "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)"))
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("change", ["t.loc[0, 'a'] = 5", "t.insert(1, 'b', 3)", "t.index = [1, 0]", "t['a'] *= 1.0"])
def test_a_changed_table_is_recorded(change: str) -> None:
    module = reference_source.module(f"def f(t):\n    {change}\n    return t.copy()", "recorded_code")
    impl = SideEffectRecorder(module, ("f",)).impl
    impl.f(pandas.DataFrame({"a": [1, 2]}))
    assert "changes `t` in place" in take_side_effects(impl)["inputs f[0]"]


def test_a_probe_can_change_a_table_that_was_returned() -> None:
    module = reference_source.module("def f(t):\n    return t.copy()", "recorded_code")
    impl = SideEffectRecorder(module, ("f",)).impl
    table = impl.f(pandas.DataFrame({"a": [1.0, float("nan")]}))
    table["a"] = 0
    impl.f(table)
    assert take_side_effects(impl) == {}


def test_a_probe_can_change_a_model_that_came_with_other_results() -> None:
    source = """
    from torch import nn

    def build():
        return nn.Linear(2, 2), "tokenizer"

    def use(model):
        return 1
    """
    module = reference_source.module(textwrap.dedent(source), "recorded_code")
    impl = SideEffectRecorder(module, ("build", "use")).impl
    for _ in range(2):
        model, _ = impl.build()
        with torch.no_grad():
            model.weight.zero_()
        impl.use(model)
    assert take_side_effects(impl) == {}
