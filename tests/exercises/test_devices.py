"""Tests for `DeviceWatch`: it notices every tensor that is used without a move to the second device."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from exercises.kit import DeviceWatch
from exercises.kit.devices import on_meta_device

IDS, TARGETS = torch.tensor([[0, 1], [2, 0]]), torch.tensor([[1, 2], [0, 1]])
DEVICE = torch.device("meta")


def moved(model):
    return F.cross_entropy(model(IDS.to(DEVICE)).flatten(0, 1), TARGETS.to(DEVICE).flatten())


def moved_in_other_ways(model):
    model.to("meta")
    log_probabilities = model(torch.as_tensor(IDS, device="meta")).log_softmax(-1)
    return -log_probabilities.gather(-1, TARGETS.to(device=torch.device("meta")).unsqueeze(-1)).mean()


def inputs_unmoved(model):
    return F.cross_entropy(model(IDS).flatten(0, 1), TARGETS.to(DEVICE).flatten())


def targets_unmoved(model):
    TARGETS.to(DEVICE)  # without using the result
    return F.cross_entropy(model(IDS.to(DEVICE)).flatten(0, 1), TARGETS.flatten())


def moved_to_the_first_device(model):
    return F.cross_entropy(model(IDS.to("cpu")).flatten(0, 1), TARGETS.to("cpu").flatten())


@pytest.mark.parametrize(
    ("loss", "unmoved"),
    [
        (moved, False),
        (moved_in_other_ways, False),
        (inputs_unmoved, True),
        (targets_unmoved, True),
        (moved_to_the_first_device, True),
    ],
)
def test_unmoved(loss, unmoved):
    model = nn.Embedding(3, 3)
    with DeviceWatch(IDS, TARGETS) as watch:
        value = loss(model).item()
    assert watch.unmoved == unmoved
    assert value > 0


@pytest.mark.parametrize(
    ("call", "device"),
    [
        (lambda x: x * 2, "meta"),
        (lambda x: (x * 2).cpu(), "cpu"),
        (lambda x: (x * 2).to("cpu"), "cpu"),
        (lambda x: x.to(torch.float64) if x.sum().item() else x, "meta"),  # it reads a value, so it runs on the CPU
        (lambda x: x.cpu() * x.sum().item(), "cpu"),
        (lambda x: torch.full((2,), x.sum().item(), device=x.device), "meta"),
        (lambda x: torch.full((2,), x.sum().item()).to(x), "meta"),
        (lambda x: torch.stack([row * row.item() for row in x]), "meta"),
        (lambda x: torch.tensor(x.tolist()), "cpu"),
    ],
)
def test_a_result_moved_to_the_cpu_is_not_on_the_second_device(call, device):
    assert on_meta_device(call, torch.ones(2)).device.type == device


@pytest.mark.parametrize(
    "call",
    [
        lambda x: torch.cat([x, torch.tensor(x.tolist())]),
        lambda x: x + torch.arange(2) * x.sum().item(),
        lambda x: torch.tensor(x.tolist())[x.long()],
        lambda x: x.cpu() * x * x.sum().item(),
    ],
)
def test_tensors_of_both_devices_are_refused_in_code_that_reads_values(call):
    with pytest.raises(RuntimeError, match="found cpu and meta"):
        on_meta_device(call, torch.ones(2))
