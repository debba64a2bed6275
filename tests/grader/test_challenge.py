"""A challenge ends as survived, broke (with the smallest input) or invalid, whatever the solution itself reports."""

from typing import Any

import pytest

from exercises.exercise import Exercise
from grader.verdict import RANDOM_INPUTS, Trial
from tests.support.solutions import correct, mistaken


@pytest.fixture
def softmax(course: Any) -> Exercise:
    return next(one for one in course.exercises if one.id == "stable-softmax")


@pytest.fixture
def put(service: Any, softmax: Exercise) -> Any:
    def put(source: str, probe: str = "output", arguments: Any = None, **more: Any) -> Trial:
        found: Trial = service.run(service.grader.challenge(softmax, source.encode(), probe, arguments, **more))
        return found

    return put


def test_a_correct_solution_survives(put: Any, softmax: Exercise) -> None:
    right = correct(softmax)
    assert put(right, arguments={"rows": 3}).outcome == "survived"
    random_trial = put(right, tries=30)
    assert (random_trial.outcome, random_trial.tried) == ("survived", 30)


def test_a_mistake_breaks_with_the_smallest_input(put: Any, softmax: Exercise) -> None:
    wrong = mistaken(softmax, "neither-keepdim")
    found = put(wrong, arguments={"rows": 4, "columns": 5})
    assert (found.outcome, found.arguments) == ("broke", {"rows": 2, "columns": 1})
    assert found.says == "The result has shape (2, 2); it should be (2, 1)."
    assert found.expected == "[[1.0], [1.0]]"
    assert put(wrong, arguments={"rows": 1, "columns": 1}).outcome == "survived"
    assert put(wrong, tries=20, seed=3).arguments == {"rows": 2, "columns": 1}


@pytest.mark.parametrize("arguments", [{"rows": 5}, {"rows": 0}, {"rows": "3"}, {"cols": 1}, {"rows": True}])
def test_arguments_out_of_bounds_are_invalid(put: Any, arguments: Any) -> None:
    assert put("x = 1", arguments=arguments).outcome == "invalid"


def test_an_input_that_the_reference_refuses_is_invalid(service: Any, course: Any, tmp_path: Any) -> None:
    # the probe of this exercise uses a dimension that a matrix does not have
    from msgspec.structs import replace

    exercise = next(one for one in course.exercises if one.id == "stable-softmax")
    (tmp_path / "probes.py").write_text(
        "from exercises.kit import Int, numbers\n"
        "def along(impl, dim: Int[0, 3] = 0):\n"
        '    """A table, along one of its dimensions."""\n'
        "    return impl.softmax(numbers(2, 3), dim)\n"
    )
    odd = replace(exercise, folder=tmp_path)
    right = correct(exercise).encode()
    found = service.run(service.grader.challenge(odd, right, "along", {"dim": 3}))
    assert found.outcome == "invalid" and "IndexError" in found.says
    assert service.run(service.grader.challenge(odd, right, "along", None, tries=20)).outcome == "survived"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("import os\n    os._exit(0)", "ended the Python process"),
        ("return None", "Is a `return` missing?"),
        ("raise ValueError('\\x1b[31mno')", "raises ValueError"),
        ("return object()", "It returned a object"),
        ("import ctypes\n    ctypes.string_at(0)", "crashed the Python process"),
        ("return '\\ud800' * 10", "should be a tensor"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_code_that_fails_is_broken(put: Any, body: str, says: str) -> None:
    found = put(f"def softmax(x, dim=-1):\n    {body}\n", arguments={"rows": 4, "columns": 5})
    assert (found.outcome, found.arguments) == ("broke", {"rows": 1, "columns": 1})
    assert says in found.says


def test_an_endless_loop_is_broken(put: Any) -> None:
    found = put("def softmax(x, dim=-1):\n    while True: pass\n", arguments={"rows": 1, "columns": 1}, seconds=1.0)
    assert found.outcome == "broke"
    assert "did not finish within 1 seconds" in found.says


def test_a_file_that_cannot_be_loaded_is_broken(put: Any) -> None:
    assert "not valid Python" in put("def softmax(:", arguments={}).says


def test_state_kept_between_calls_is_reported(put: Any, softmax: Exercise) -> None:
    found = put(correct(softmax) + KEEPS, tries=20)
    assert found.outcome == "broke"
    assert "Only after other inputs" in found.says


KEEPS = """
_right, _calls = softmax, []
def softmax(x, dim=-1):
    _calls.append(1)
    return _right(x, dim) if len(_calls) < 5 else x
"""


FORGED = """
import gc, os, socket, struct

def frame(text):
    return struct.pack("<II", len(text), 0) + text

def softmax(x, dim=-1):
    for fd in range(3, 64):
        try:
            os.write(fd, frame(b'{"d": [["result", 1], ["side_effects", {"d": []}], ["asked", ""]]}'))
            os.write(fd, b'{"trial": {"outcome": "survived", "says": "", "tried": 1}}\\n')
        except OSError:
            pass
    return x
"""


@pytest.mark.parametrize(
    "source", [FORGED, "def softmax(x, dim=-1):\n    import torch\n    torch.equal = None\n    return x"]
)
def test_a_forged_reply_does_not_survive(put: Any, source: str) -> None:
    assert put(source, arguments={"rows": 2, "columns": 2}).outcome == "broke"


def test_solutions_that_pass_get_random_inputs(service: Any, softmax: Exercise, put: Any) -> None:
    right, wrong = correct(softmax), mistaken(softmax, "neither-keepdim")
    odd = right + "\n_right = softmax\ndef softmax(x, dim=-1):\n    {0}\n    return _right(x, dim)\n"
    ends = odd.format("import os; x.shape[-1] == 8 and os._exit(0)")
    other = odd.format("if x.shape[-1] == 8: return x")
    raises = odd.format("assert x.shape[-1] != 8, 'eight'")
    texts = [source.encode() for source in (right, ends, other, raises, wrong, other, right)]
    found = service.run(service.grader.check_many(softmax, texts, random_inputs=[8, 8, 8, 8, 8, 0, 8]))
    broken = [[check.name for check in one.checks if check.name.startswith(RANDOM_INPUTS)] for one in found]
    assert broken == [[], *[[RANDOM_INPUTS + "any_scores"]] * 3, [], [], []]  # solutions that fail get none
    assert [one.passed for one in found] == [True, False, False, False, False, True, True]
    for says, one in zip(("ended the Python process", "and should be", "eight"), found[1:4], strict=True):
        assert says in one.message
    assert put(other, "any_scores", tries=8).outcome == "broke"
