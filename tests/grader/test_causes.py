"""Which failed checks are red, in which order, and where a wrong form is."""

import pytest

from exercises.course import Course
from grader.judge.causes import Failure, red_checks
from grader.judge.test_run import NOT_RUN, SLOW_SECONDS
from tests.support.grading import Service


def test_the_earliest_of_several_blocking_failures_is_red() -> None:
    """The cause of the first check can occur again after others."""
    failures = [Failure("first", "form", "A"), Failure("second", "form", "B"), Failure("third", "form", "A")]
    assert red_checks(failures, is_explained=False) == {"first"}


def test_a_diagnosis_is_red_before_the_values_that_it_explains() -> None:
    methods = frozenset({"format_input"})
    failures = [Failure("example", "value", "", methods), Failure("lines", "value", "", methods, "empty-line")]
    assert red_checks(failures, is_explained=False) == {"lines"}
    assert red_checks(failures[:1], is_explained=False) == {"example"}


def test_what_the_first_check_has_measured_is_red_before_the_forms_that_follow() -> None:
    failures = [Failure("example", "value", "", frozenset(), "length"), Failure("output", "form", "A")]
    assert red_checks(failures, is_explained=False) == {"example"}
    assert red_checks(failures[1:], is_explained=False) == {"output"}


def test_the_line_of_a_wrong_form_is_in_the_function_that_the_message_names(service: Service, course: Course) -> None:
    source = """
import torch
import torch.nn.functional as F

def compute_logprobs(logits, labels, selection_mask=None):
    means = F.log_softmax(logits[:, :-1], -1).gather(-1, labels[:, 1:, None])[..., 0]
    weights = torch.ones_like(means) if selection_mask is None else selection_mask[:, 1:].to(means.dtype)
    return (means * weights).sum(1) / weights.sum(1)

def compute_dpo_loss(mc, mr, rc, rr, beta=0.1):
    losses = -F.logsigmoid(beta * (mc - mr - rc + rr))
    return losses, (mc - rc).detach().mean(), (mr - rr).detach().mean()
"""
    verdict = service.check(course.exercise("dpo-loss"), source)
    assert not verdict.passed and verdict.line == 12, (verdict.line, verdict.message)


@pytest.mark.parametrize("library", ["sqlalchemy", None])
def test_the_seconds_of_an_import_do_not_keep_other_checks_from_running(
    service: Service, course: Course, library: str | None
) -> None:
    """An optimizer's first use imports for a second or more, where the engine has just started."""
    source = f"""
import importlib, time, torch
waited = []

def softmax(x, dim=-1):
    if not waited:
        waited.append(True)
        time.sleep({SLOW_SECONDS})
        importlib.import_module({library or "math"!r})
    return torch.exp(x - x.max()) / torch.exp(x - x.max()).sum()
"""
    verdict = service.check(course.exercise("stable-softmax"), source)
    not_run = [check for check in verdict.checks if check.message == NOT_RUN]
    assert not verdict.passed and bool(not_run) == (library is None), verdict
