"""Tests of sampling: which tokens can be drawn, how often, and reproducibly with a seed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.host.sampling import choose
from playground.messages import Sampling

LOGITS = torch.log(torch.tensor([0.05, 0.4, 0.1, 0.25, 0.2]))


def draw(sampling: Sampling, times: int = 400) -> list[int]:
    generator = torch.Generator().manual_seed(0)
    return [choose(LOGITS, sampling, generator) for _ in range(times)]


@pytest.mark.parametrize(
    ("sampling", "allowed"),
    [
        (Sampling(greedy=True), {1}),
        (Sampling(temperature=0.0), {1}),
        (Sampling(temperature=1.0, top_k=1), {1}),
        (Sampling(temperature=1.0, top_k=2), {1, 3}),
        (Sampling(temperature=1.0, top_k=99), {0, 1, 2, 3, 4}),
        (Sampling(temperature=1.0, top_k=None), {0, 1, 2, 3, 4}),
        (Sampling(temperature=1.0, top_k=None, top_p=0.39), {1}),
        (Sampling(temperature=1.0, top_k=None, top_p=0.41), {1, 3}),
        (Sampling(temperature=1.0, top_k=None, top_p=0.84), {1, 3, 4}),
        (Sampling(temperature=1.0, top_k=None, top_p=1e-9), {1}),
        (Sampling(temperature=1.0, top_k=2, top_p=0.99), {1, 3}),
        (Sampling(temperature=1.0, top_k=None, min_p=0.6), {1, 3}),
        (Sampling(temperature=1.0, top_k=None, min_p=1.0), {1}),
        (Sampling(temperature=1.0, top_k=None, top_p=0.84, min_p=0.55), {1, 3}),
        (Sampling(temperature=1e-6), {1}),
    ],
)
def test_exactly_the_allowed_tokens_are_drawn(sampling: Sampling, allowed: set[int]) -> None:
    assert set(draw(sampling)) == allowed


def test_frequencies_follow_the_probabilities() -> None:
    tokens = draw(Sampling(temperature=1.0, top_k=None), times=4000)
    for token, probability in enumerate(LOGITS.exp().tolist()):
        assert tokens.count(token) / 4000 == pytest.approx(probability, abs=0.03)


@given(st.integers(0, 10**6), st.floats(0.1, 3), st.none() | st.integers(1, 6), st.none() | st.floats(0.01, 1))
@settings(max_examples=40, deadline=None)
def test_equal_seeds_give_equal_tokens(seed: int, t: float, k: int | None, p: float | None) -> None:
    sampling = Sampling(temperature=t, top_k=k, top_p=p)
    first, second = (choose(LOGITS, sampling, torch.Generator().manual_seed(seed)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"top_k": 0},
        {"min_p": 1.5},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"max_tokens": 0},
        {"stop": ("",)},
    ],
)
def test_invalid_settings_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|least"):
        Sampling(**fields)  # type: ignore[arg-type]
