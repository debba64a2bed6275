"""The app's arithmetic of candidates gives what the sampler and the reference's filters give."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.candidate_filter import filter_candidates
from reference.generation import softmax_with_temperature
from reference.logits_filter import filter_logits

LOGITS = st.lists(st.floats(-20, 20), min_size=1, max_size=30, unique=True)
SHARES = st.none() | st.floats(0.01, 1.0)


def by_the_reference(
    logits: torch.Tensor, temperature: float, top_k: int | None, top_p: float | None, min_p: float | None
) -> torch.Tensor:
    """The probabilities of being drawn, by the course's functions. (V,) -> (V,)."""
    scaled = (logits / temperature)[None]
    if top_k is not None and top_k < len(logits):
        scaled = scaled.masked_fill(scaled < scaled.topk(top_k).values[:, -1:], float("-inf"))
    return torch.softmax(filter_logits(scaled, top_p, min_p), dim=-1)[0]


@settings(deadline=None)
@given(LOGITS, st.floats(0.05, 5), st.none() | st.integers(1, 40), SHARES, SHARES)
def test_candidates_are_those_of_the_reference(
    logits: list[float], temperature: float, top_k: int | None, top_p: float | None, min_p: float | None
) -> None:
    ordered = torch.tensor(logits, dtype=torch.float64).sort(descending=True).values
    if len((ordered / temperature).unique()) < len(ordered):
        return  # equal numbers have no order
    result = filter_candidates(ordered.tolist(), (), temperature, top_k, top_p, min_p)
    expected = by_the_reference(ordered, temperature, top_k, top_p, min_p)
    boundary = top_p is not None and bool(torch.isclose(expected.cumsum(0), torch.tensor(1.0).double()).sum() > 1)
    kept = torch.tensor([candidate.drawn > 0 for candidate in result.candidates])
    if (kept != (expected > 0)).any():  # only where a sum rounds differently at a bound, or is too small for a float
        assert boundary or min_p is not None or expected[kept != (expected > 0)].max() < 1e-300
        return
    drawn = torch.tensor([candidate.drawn for candidate in result.candidates], dtype=torch.float64)
    assert torch.allclose(drawn, expected, atol=1e-12)
    raw = torch.tensor([candidate.raw for candidate in result.candidates], dtype=torch.float64)
    assert torch.allclose(raw, torch.softmax(ordered, -1))
    tempered = torch.tensor([candidate.tempered for candidate in result.candidates], dtype=torch.float64)
    assert torch.allclose(tempered, softmax_with_temperature(ordered, temperature))
    assert result.kept == sum(not candidate.cut_by for candidate in result.candidates)


@pytest.mark.parametrize("top_p", [None, 0.5, 0.95])
@pytest.mark.parametrize("top_k", [None, 3, 11, 18])
def test_a_tail_counts_as_its_tokens_do(top_k: int | None, top_p: float | None) -> None:
    singles, tail = [3.0, 2.0, 1.0], [(0.5, 10), (-1.0, 5), (-3.0, 0)]
    apart = singles + [logit for logit, count in tail for _ in range(count)]
    together = filter_candidates(singles, tail, 0.7, top_k, top_p)
    separate = filter_candidates(apart, (), 0.7, top_k, top_p)
    assert together.kept == separate.kept
    for one, other in zip(together.candidates, separate.candidates, strict=False):
        assert one.drawn == pytest.approx(other.drawn) and one.cut_by == other.cut_by
    assert together.tail_drawn == pytest.approx(sum(candidate.drawn for candidate in separate.candidates[3:]))


def test_the_first_filter_that_cuts_is_named() -> None:
    result = filter_candidates([4.0, 3.0, 1.0, 0.0], (), 1.0, top_k=3, top_p=0.96, min_p=0.5)
    assert [candidate.cut_by for candidate in result.candidates] == ["", "min-p", "top-p", "top-k"]
    assert result.candidates[0].drawn == 1.0


def test_temperature_zero_takes_the_most_probable() -> None:
    result = filter_candidates([2.0, 1.0], [(0.0, 4)], temperature=0, top_p=0.1)
    assert [candidate.drawn for candidate in result.candidates] == [1.0, 0.0]
    assert result.candidates[1].raw == pytest.approx(0.1927, abs=1e-4) and result.kept == 1
