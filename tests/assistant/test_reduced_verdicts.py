"""What an assistant reads of a verdict and of a hint: the learner's own values and the mistake, never the answer."""

from __future__ import annotations

import json
import re

import pytest

from exercises.exercise import Exercise, as_tuple
from exercises.load import load_course
from grader.observation import observed
from grader.source import reference_source
from grader.source.reference_source import as_solution, edited
from grader.withheld import WITHHELD, withhold
from tests.support.grading import Service
from tui.assistant.reduced_verdict import reduced

MESSAGES = {
    "Your result is 3; it should be 4.": "Your result is 3.",
    "Your vocabulary[2] is 'a; b'; it should be 'cat'.": "Your vocabulary[2] is 'a; b'.",
    "Your result has shape (2, 3); it should be (2, 4).": "Your result has shape (2, 3).",
    "Your output is wrong: 3 of 4 values differ; the first, at [0, 1], is 1.5 and should be 2.25. Is it scaled?":
        "Your output is wrong: 3 of 4 values differ; the first, at [0, 1], is 1.5.",
    "With batch=1, length=2: Your output is None; it should be a tensor of shape (1, 2). Is a `return` missing?":
        "With batch=1, length=2: Your output is None.",
    "Your result has no 'cat'; it should.": "",
    "Your text differs from character 7 on: it has 'the dog'; it should have 'the cat'.":
        "Your text differs from character 7 on: it has 'the dog'.",
    "With dropout=0.4 a weight should be multiplied by 0 or by 1.67; yours are multiplied by 1.": "",
    "Your loop calls backward 3 times for two batches, not 4 times; call it once.":
        "Your loop calls backward 3 times for two batches.",
    "Your output at position 2 changes with the tokens at position 3; mask later tokens.":
        "Your output at position 2 changes with the tokens at position 3.",
    "Each row should sum to 1; yours sum to [0.5].": "",
    "Line 7 raises TypeError: can only add int; not str. Is it right?":
        "Line 7 raises TypeError: can only add int; not str. Is it right?",
}  # fmt: skip


@pytest.mark.parametrize(("message", "kept"), MESSAGES.items())
def test_a_message_is_reduced_to_the_learners_own_part(message: str, kept: str) -> None:
    assert observed(message) == kept


def test_hints_and_sentences_lose_code_of_the_solution_unless_the_learner_has_it() -> None:
    exercise = load_course().exercise("causal-attention")
    hint = exercise.hints[1].text
    reduced_hint = withhold(hint, exercise)
    assert "register_buffer('mask', future)" in hint
    assert "register_buffer('mask'" not in reduced_hint and WITHHELD in reduced_hint
    own = 'class A:\n    self.register_buffer("mask",  future)\n'
    assert withhold(hint, exercise, own) == hint
    for exercise in load_course().exercises[::9]:
        for text in (*(hint.text for hint in exercise.hints), *(mistake.says for mistake in exercise.mistakes)):
            assert not leaks(withhold(text, exercise), exercise, "")


@pytest.mark.parametrize("id", ["stable-softmax", "bpe-pairs", "layer-norm", "lr-schedule"])
def test_no_verdict_on_a_known_mistake_contains_the_answer(id: str, service: Service) -> None:
    exercise = load_course().exercise(id)
    mistakes = [mistake.variants[0] for mistake in exercise.mistakes[:8]]
    sources = [as_solution(exercise, edited(exercise, mistake)) for mistake in mistakes]
    verdicts = service.run(service.grader.check_many(exercise, [source.encode() for source in sources]))
    for source, verdict, mistake in zip(sources, verdicts, mistakes, strict=True):
        data = reduced(verdict, exercise, source)
        text = json.dumps(data, ensure_ascii=False)
        assert not data["passed"] and "known_mistake" in data, mistake.id
        assert not leaks(text, exercise, source), mistake.id
        for check, shown in zip(verdict.checks, data["checks"], strict=True):
            if check.outcome == "failed":
                expected = re.findall(r"should (?:be|have) (?:the \w+ )?(['\"\[({-]?[\w.'\" ,()\[\]-]+)", check.message)
                for value in filter(lambda value: len(value) > 5, expected):
                    assert value.strip(" .") not in shown["observed"], (mistake.id, check.message)


def leaks(text: str, exercise: Exercise, own_source: str) -> list[str]:
    """Returns the lines of the reference and the code of the mistakes that a text contains, beyond public texts."""
    codes = {line.strip() for line in reference_source.text(exercise).splitlines()}
    codes |= {code.strip() for mistake in exercise.mistake_variants for code in as_tuple(mistake.by)}
    public = " ".join(f"{exercise.readme} {exercise.stub} {own_source}".split())
    text = " ".join(text.replace('\\"', '"').split())
    return [code for code in codes if len(code) > 8 and re.search(r"[(=\[.]", code) and code in text
            and " ".join(code.split()) not in public]  # fmt: skip
