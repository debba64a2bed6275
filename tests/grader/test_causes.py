"""Which failed checks are red, and in which order."""

from grader.judge.causes import Failure, red_checks


def test_the_earliest_of_several_blocking_failures_is_red() -> None:
    """The cause of the first check can occur again after others."""
    failures = [Failure("first", "form", "A"), Failure("second", "form", "B"), Failure("third", "form", "A")]
    assert red_checks(failures, is_explained=False) == {"first"}
