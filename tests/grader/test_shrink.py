"""A shrunk input still fails, and the probe accepts it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exercises.inputs import IntArgument, IntListArgument, Probe, TextArgument
from grader.shrink import shrink

PROBE = Probe(
    "ask",
    "",
    (IntArgument("n", 0, -1000, 1000), TextArgument("words", "", 0, 40), IntListArgument("ids", (), 0, 9, 1, 99)),
)
ARGUMENTS = st.fixed_dictionaries(
    {
        "n": st.integers(-1000, 1000),
        "words": st.text(st.characters(codec="utf-8"), max_size=40),
        "ids": st.lists(st.integers(1, 99), max_size=9),
    }
)


@given(ARGUMENTS, st.integers(-1000, 1000), st.integers(0, 5), st.integers(1, 99))
def test_the_shrunk_input_fails_and_is_within_bounds(case: dict[str, Any], above: int, length: int, holds: int) -> None:
    def fails(one: dict[str, Any]) -> bool:
        PROBE.complete(one)
        return one["n"] >= above and len(one["words"]) >= length and (holds in one["ids"] or holds not in case["ids"])

    if not fails(case):
        return
    smallest = shrink(PROBE, case, fails)
    assert fails(smallest)
    assert smallest["n"] == max(above, 0) or above < 0
    assert smallest["words"] == "a" * length
    assert smallest["ids"] == ([holds] if holds in case["ids"] else [])


def test_only_the_failing_part_of_a_text_is_left() -> None:
    case = {"n": 7, "words": "Hello, e\u0301 world", "ids": [4, 5]}
    smallest = shrink(PROBE, case, lambda one: "\u0301" in one["words"])
    assert smallest == {"n": 0, "words": "\u0301", "ids": []}


def test_it_ends_when_nothing_fails() -> None:
    case = {"n": 7, "words": "Hello", "ids": [4, 5]}
    assert shrink(PROBE, case, lambda one: False) == case
