"""Tests for `DeviceWatch`: it notices every tensor that is used without a move to the second device."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from exercises.kit import DeviceWatch

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
