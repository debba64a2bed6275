"""Probes ask the same of every style: weights by place and shape, strays, devices, dropout, kept state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import nn

from exercises.kit import probing
from exercises.kit.probing import ProbeProblem
from grader.child import warmup


class Head(nn.Module):
    def __init__(self, turned: bool = False) -> None:
        super().__init__()
        names = ["W_query", "W_key", "W_value"]
        for name in reversed(names) if turned else names:
            setattr(self, name, nn.Linear(3, 2, bias=False))


def test_weights_do_not_depend_on_the_order_of_layers() -> None:
    one, other = probing.fill(Head()), probing.fill(Head(turned=True))
    for name in ("W_query", "W_key", "W_value"):
        assert torch.equal(getattr(one, name).weight, getattr(other, name).weight)
    assert not torch.equal(one.W_query.weight, one.W_key.weight)
    torch.manual_seed(5)
    assert torch.equal(probing.fill(Head()).W_query.weight, one.W_query.weight)


def test_containers_of_layers_are_alike() -> None:
    def holder(layers: nn.Module) -> nn.Module:
        module = nn.Module()
        module.layers = layers
        return probing.fill(module)

    lists = [nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2)]
    found = [
        holder(nn.Sequential(*lists)),
        holder(nn.ModuleList([nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2)])),
        holder(nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.GELU(), c=nn.Linear(2, 2)))),
    ]
    weights = [probing.lookup(module, "layers[2].weight") for module in found]
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ProbeProblem, match="has no `out_proj`"):
        probing.fill(Head(), "W_query", "out_proj")
    with pytest.raises(ProbeProblem, match="is not a"):
        probing.fill(object())  # type: ignore[arg-type]


def test_weights_in_plain_lists_are_strays() -> None:
    class Wrapper(nn.Module):
        def __init__(self, heads: object) -> None:
            super().__init__()
            self.heads = heads

    assert probing.strays(Wrapper([Head(), Head()]))
    assert not probing.strays(Wrapper(nn.ModuleList([Head()])))


def test_cut_gradients_are_said() -> None:
    module = probing.fill(nn.Linear(2, 2))
    with pytest.raises(ProbeProblem, match="cut off"):
        probing.gradients(module, module(torch.ones(1, 2)).detach().sum())
    assert all(g is not None for g in probing.gradients(module, module(torch.ones(1, 2)).sum()).values())


def test_changes_begin_where_they_are_told() -> None:
    x = probing.tokens(2, 5, 3)
    changed = probing.change(x, since=3)
    assert torch.equal(x[:, :3], changed[:, :3])
    assert (x[:, 3:] != changed[:, 3:]).all()
    ids = probing.token_ids(2, 6, vocab_size=9)
    assert (probing.change(ids, since=4)[:, 4:] != ids[:, 4:]).all()
    assert int(probing.change(ids, since=0).max()) < 9


def test_the_global_generator_is_left_alone() -> None:
    module = nn.Linear(3, 3)  # which draws its own first weights
    state = torch.get_rng_state()
    probing.fill(module)
    probing.numbers(4, 4)
    probing.token_ids(3, vocab_size=5)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("rehearsed", [warmup.rehearse, warmup.rehearse_elsewhere])
def test_a_rehearsal_draws_no_number_that_a_solution_would_get(rehearsed: Callable[[], None]) -> None:
    before = torch.get_rng_state()
    rehearsed()
    assert torch.equal(torch.get_rng_state(), before)
