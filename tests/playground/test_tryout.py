"""Tries: each with the reference's code and with code in a different style, and what wrong code shows."""

from __future__ import annotations

import re

import msgspec
import pytest
from rich.cells import cell_len

from exercises.course import Course
from exercises.drawings import AnyDrawing, Bars, HeatMap, Tokens
from exercises.inputs import InvalidInput
from exercises.load import load_course
from exercises.tries import try_of
from playground.tryout.client import TryFailed
from tests.support.grading import Service
from tests.support.solutions import correct
from tests.support.tryout import NARROW, drawn, run_try

TRIES = [exercise.id for exercise in load_course().exercises if try_of(exercise)]
# their captions contain times, or numbers that depend on random draws
RANDOM = {"causal-attention", "gpt-model", "inverted-dropout", "kv-cache", "lora-merge", "perplexity", "tiny-lm",
          "train-toy"}  # fmt: skip
MAX_LINES = 60


def check_claims(drawing: AnyDrawing) -> None:
    """Compares what a caption says with the data of its drawing, for the phrases that many captions use."""
    caption = drawing.caption
    if isinstance(drawing, HeatMap):
        rows = [[value or 0.0 for value in row] for row in drawing.values]
        if "Each row sums to 1." in caption:
            assert all(abs(sum(row) - 1) < 2e-3 for row in rows)
        if "the future leaks" in caption:
            assert any(value for i, row in enumerate(rows) for value in row[i + 1 :])
        if look := re.search(r"looks most at “(.+?)” \((\d+)%\)", caption):
            assert drawing.columns[rows[-1].index(max(rows[-1]))] == look[1]
            assert abs(100 * max(rows[-1]) - int(look[2])) < 1
    if isinstance(drawing, Tokens) and (count := re.search(r"(\d+) (?:tokens|pieces|ids)\b", caption)):
        assert int(count[1]) == len(drawing.pieces)
    if isinstance(drawing, Bars) and (share := re.search(r"“(\w+)” gets (\d+\.\d)%", caption)):
        [value] = [value for label, value in zip(drawing.labels, drawing.values, strict=True) if share[1] in label]
        assert abs(100 * value - float(share[2])) < 0.1
        assert value == max(drawing.values)


@pytest.mark.parametrize("id", TRIES)
def test_a_try_shows_the_same_for_all_right_code(service: Service, course: Course, id: str) -> None:
    exercise = course.exercise(id)
    [style, *_] = sorted((exercise.folder / "other_styles").glob("*.py"))
    results = [run_try(service, exercise, source) for source in (correct(exercise), style.read_bytes())]
    for result in results:
        assert all(drawing.title and drawing.caption for drawing in result.drawings)
        for drawing in result.drawings:
            check_claims(drawing)
        text = drawn(result.drawings)
        assert max(map(cell_len, text.splitlines())) <= NARROW
        assert not re.search(r"\bnan\b", "".join(drawing.caption for drawing in result.drawings).replace(" is nan", ""))
        assert result.seconds < 5  # on a busy machine; most take a tenth
    captions = [[drawing.caption for drawing in result.drawings] for result in results]
    if id not in RANDOM:
        assert captions[0] == captions[1]
    assert len(exercise.try_path.read_text().splitlines()) <= MAX_LINES


SOFTMAX = "import torch\n\n\ndef softmax(x, dim=-1):\n    {}\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no')", "Line 5 raises ValueError: no"),
        ("return x +", "Line 5, column 15: this is not valid Python yet: invalid syntax."),
        ("return x.sum()", "Your result cannot be used as the task describes: IndexError"),
        ("return None", "Your result cannot be used as the task describes: you return nothing. Is a `return` missing?"),
        ("return x * float('nan')", "Your result cannot be drawn: "),
        ("return 'a' * 10**7", "Your result cannot be "),
        ("import os; os._exit(0)", "Your code ended the Python process (exit code 0)"),
        ("return torch.zeros(10**12)", "Line 5 asks for more memory than a check can use"),
        ("raise NotImplementedError", "Not written yet: line 5 still raises NotImplementedError."),
        ("while True: pass", "Your code did not finish within 1 seconds, so it was stopped in line 5."),
        ("while True: print('x' * 10**6)", "Your code printed more than 16 MiB, so it was stopped."),
    ],
)
def test_wrong_code_costs_one_sentence(service: Service, course: Course, body: str, message: str) -> None:
    source = SOFTMAX.format(body)
    with pytest.raises(TryFailed) as failure:
        run_try(service, course.exercise("stable-softmax"), source, seconds=1.0 if "while" in body else 20.0)
    assert str(failure.value).startswith(message)
    assert "\n" not in str(failure.value)


def test_results_of_a_wrong_type_are_described(service: Service, course: Course) -> None:
    with pytest.raises(TryFailed) as failure:
        run_try(service, course.exercise("word-split"), "def split_words(text):\n    return ['a', None]\n")
    place = "“Your text” needs a text, but gets None (pieces[1])."
    assert str(failure.value) == f"Your result cannot be drawn: {place}"


def test_what_code_prints_is_cleaned_and_cut(service: Service, course: Course) -> None:
    source = SOFTMAX.format("print('\\x1b[2J' + 'loud ' * 2000); return torch.softmax(x, dim)")
    result = run_try(service, course.exercise("stable-softmax"), source)
    assert result.printed.startswith("loud loud")
    assert len(result.printed) < 3000 and "characters more" in result.printed


def test_names_that_control_a_terminal_are_cleaned(service: Service, course: Course) -> None:
    source = correct(course.exercise("bpe-train"))
    settings = {"text": "a\x1b[31mb"}
    result = run_try(service, course.exercise("bpe-train"), source, settings=settings)
    assert "\x1b" not in drawn(result.drawings)


def test_a_text_of_ones_own(service: Service, course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    result = run_try(service, exercise, correct(exercise), settings={"text": "a b a"})
    first = msgspec.to_builtins(result.drawings)[0]
    assert (first["type"], first["rows"], first["values"][0]) == ("heat-map", ["a", "b", "a"], [1.0, None, None])
    no_mask = correct(exercise).replace('float("-inf")', "0.0")
    leaking = run_try(service, exercise, no_mask, settings={"text": "a b a"}).drawings[0]
    assert leaking.caption.endswith("of the weight lies on later words: the future leaks.")


def test_settings_are_checked(course: Course) -> None:
    attempt = try_of(course.exercise("stable-softmax"))
    assert attempt is not None
    assert attempt.complete({}) == {"temperature": 1.0}
    assert attempt.complete({"temperature": "2"}) == {"temperature": 2.0}
    for given, message in (
        ({"temperature": "0"}, "`temperature` must be a number from 0.05 to 20."),
        ({"temperature": "warm"}, "`temperature` must be a number from 0.05 to 20."),
        ({"heat": "1"}, "This try has no setting `heat`; it takes `temperature`."),
    ):
        with pytest.raises(InvalidInput) as error:
            attempt.complete(given)
        assert str(error.value) == message


def test_colours_and_widths(service: Service, course: Course) -> None:
    exercise = course.exercise("multi-head-attention")
    drawings = run_try(service, exercise, correct(exercise)).drawings
    coloured = drawn(drawings, colours=True)
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert coloured != plain == drawn(drawings)
    assert ".49" in plain
    narrow = drawn(drawings, width=40)  # too narrow for numbers, which shades replace
    assert "█" in narrow and ".49" not in narrow
    assert max(map(len, drawn(drawings, width=200).splitlines())) <= 200
