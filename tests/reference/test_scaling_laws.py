"""Tests of the fit on the real trainings that the exercise shows, and of these trainings' numbers."""

from __future__ import annotations

import pytest

from exercises.kit.scaling_runs import RUNS, best_runs
from exercises.load import load_course
from reference.scaling_laws import FLOPS_PER_WEIGHT, TOKENS_PER_WEIGHT, best_split, fit


def test_the_curve_is_close_to_real_trainings() -> None:
    best = best_runs()
    compute, losses = [run.compute for run in best], [run.loss for run in best]
    a, b, floor = fit(compute, losses)
    assert 0 <= floor < min(losses)
    assert [floor + a * c**-b for c in compute] == pytest.approx(losses, rel=0.04)


def test_the_best_real_model_is_about_as_large_as_the_rule_says() -> None:
    for run in best_runs():
        weights, tokens = best_split(run.compute)
        assert weights * tokens * FLOPS_PER_WEIGHT == pytest.approx(run.compute)
        assert tokens / weights == pytest.approx(TOKENS_PER_WEIGHT)
        assert weights / 3 < run.weights < weights * 3  # few widths were tried for each budget


def test_the_page_shows_these_trainings() -> None:
    page = (load_course().exercise("scaling-fit").folder / "README.md").read_text("utf-8")
    for run in best_runs():
        assert f"{run.weights:,}  {run.tokens:10,}   {run.loss:.3f}" in page
    widths = {8: 5632, 12: 9600, 16: 14336, 24: 26112, 32: 40960, 48: 79872}  # the matrices of two layers and the head
    assert all(weights == 24 * d * d + 512 * d for d, weights in widths.items())
    assert {run.weights for run in RUNS} <= set(widths.values())
