"""The kit's helpers treat all coding styles alike: weights by path and shape, registration, gradients, summaries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import nn

from exercises import kit
from exercises.kit.dropout import dropout_statistics
from exercises.kit.probes import summarized
from exercises.kit.weights import registration, registration_summary
from grader.child import warmup


class Head(nn.Module):
    def __init__(self, reverse: bool = False) -> None:
        super().__init__()
        names = ["W_query", "W_key", "W_value"]
        for name in reversed(names) if reverse else names:
            setattr(self, name, nn.Linear(3, 2, bias=False))


class Wrapper(nn.Module):
    def __init__(self, heads: object) -> None:
        super().__init__()
        self.heads = heads


def test_weights_do_not_depend_on_the_order_of_layers() -> None:
    head, reversed_head = kit.fill(Head()), kit.fill(Head(reverse=True))
    for name in ("W_query", "W_key", "W_value"):
        assert torch.equal(getattr(head, name).weight, getattr(reversed_head, name).weight)
    assert not torch.equal(head.W_query.weight, head.W_key.weight)
    torch.manual_seed(5)
    assert torch.equal(kit.fill(Head()).W_query.weight, head.W_query.weight)


def test_all_containers_of_layers_get_equal_weights() -> None:
    def filled(layers: nn.Module) -> nn.Module:
        module = nn.Module()
        module.layers = layers
        return kit.fill(module)

    modules = [
        filled(nn.Sequential(nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2))),
        filled(nn.ModuleList([nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2)])),
        filled(nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.GELU(), c=nn.Linear(2, 2)))),
    ]
    weights = [kit.lookup(module, "layers[2].weight") for module in modules]
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])


def test_fill_names_what_is_missing() -> None:
    with pytest.raises(kit.ProbeProblem, match="has no `out_proj`"):
        kit.fill(Head(), "W_query", "out_proj")
    with pytest.raises(kit.ProbeProblem, match="is not a"):
        kit.fill(object())  # type: ignore[arg-type]


def test_weights_in_plain_lists_are_unregistered() -> None:
    def summary(heads: object) -> dict[str, object]:
        return registration_summary(registration(Wrapper(heads)))

    paths = [f"heads[{i}].W_{name}.weight" for i in range(2) for name in ("query", "key", "value")]
    assert summary([Head(), Head()]) == {"unregistered": paths, "trainable": 0}
    assert summary(nn.ModuleList([Head()])) == {"unregistered": [], "trainable": 18}
    shared = Head()
    assert summary(nn.ModuleList([shared, shared])) == {"unregistered": [], "trainable": 18}


def test_registration_does_not_depend_on_names_that_are_free() -> None:
    """Else no mistake, which has the reference's names, would have the results of code with different ones."""
    first, second = (nn.ModuleDict({name: nn.Linear(2, 2)}) for name in ("a", "b"))
    assert registration_summary(registration(first)) == registration_summary(registration(second))


def test_gradients_are_none_behind_a_detached_loss() -> None:
    module = kit.fill(nn.Linear(2, 2))
    assert kit.gradients(module, module(torch.ones(1, 2)).detach().sum()) == {"weight": None, "bias": None}
    assert all(g is not None for g in kit.gradients(module, module(torch.ones(1, 2)).sum()).values())


def dropped(mask: torch.Tensor) -> dict[str, object]:
    return dropout_statistics({"training": [mask[:, None] / 0.6] * 2, "evaluation": torch.ones(1, 1, 6)}, heads=2)


def test_dropout_statistics() -> None:
    heads = torch.rand(250, 2, 1, generator=torch.Generator().manual_seed(1)) > 0.4
    whole = heads.expand(250, 2, 3).float().flatten(1)
    assert dropped(whole) == {"factors": [0.0, 1.67], "share": 0.4, "whole": True, "independent": True}
    assert not dropped(whole[:1].expand(250, 6))["independent"]
    assert not dropped(whole[:, :1].expand(250, 6))["independent"]
    assert not dropped((torch.arange(6) % 3 > 0).float().expand(250, 6))["whole"]


def test_a_summary_is_applied_to_the_data_of_its_probe() -> None:
    @kit.summarized_by(len)
    def probe(impl: object) -> list[int]:
        return [1, 2]

    assert summarized(probe, probe(None)) == 2
    assert summarized(len, [1]) == [1]


def test_changes_begin_at_since() -> None:
    x = kit.tokens(2, 5, 3)
    changed = kit.change(x, since=3)
    assert torch.equal(x[:, :3], changed[:, :3])
    assert (x[:, 3:] != changed[:, 3:]).all()
    ids = kit.token_ids(2, 6, vocab_size=9)
    assert (kit.change(ids, since=4)[:, 4:] != ids[:, 4:]).all()
    assert int(kit.change(ids, since=0).max()) < 9


def test_the_global_generator_is_left_unchanged() -> None:
    module = nn.Linear(3, 3)  # which draws its initial weights
    state = torch.get_rng_state()
    kit.fill(module)
    kit.numbers(4, 4)
    kit.token_ids(3, vocab_size=5)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("warm_up", [warmup.warm_up, warmup.warm_up_meta_device])
def test_a_warmup_leaves_the_global_generator_unchanged(warm_up: Callable[[], None]) -> None:
    before = torch.get_rng_state()
    warm_up()
    assert torch.equal(torch.get_rng_state(), before)
