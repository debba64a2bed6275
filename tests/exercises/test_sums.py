"""Tests of the sums with solutions, which the model abacus has learned from."""

import itertools

from exercises.texts.sums import LARGEST_TOTAL, solved_sums, sums
from reference.answer_check import extract_final_candidate, grade_answer


def test_answers_and_steps_are_right() -> None:
    for example in itertools.islice(sums(3), 300):
        expressions = [example.problem, *example.steps]
        assert all(expression.endswith("=") for expression in expressions)
        assert {eval(expression[:-1]) for expression in expressions} == {int(example.answer)}
        assert 0 <= int(example.answer) <= LARGEST_TOTAL
        for solution in (example.worked, example.at_once):
            assert grade_answer(extract_final_candidate(solution, None), example.answer)
        assert len(example.problem + example.worked) < 62  # with the two ends of text, in abacus' context of 64 tokens


def test_texts_are_the_same_for_a_seed_and_have_both_kinds_of_solutions() -> None:
    text = solved_sums(20_000, 1)
    assert text == solved_sums(20_000, 1) != solved_sums(20_000, 2)
    lines = text.split("\n\n")[:-1]
    worked = sum(line.count("=") > 1 for line in lines) / len(lines)
    assert 0.3 < worked < 0.5 and text.isascii()
