"""The quizzes of the course. test_glossary.py checks that the glossary has their terms."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from exercises.load import load_course
from exercises.quiz import Quiz

COURSE = load_course()
QUIZZES = [pytest.param(quiz, id=quiz.id) for quiz in COURSE.quizzes]


def test_every_month_and_the_break_has_a_quiz() -> None:
    assert [quiz.id for quiz in COURSE.quizzes] == [month.id for month in COURSE.months]


@pytest.mark.parametrize("quiz", QUIZZES)
def test_a_quiz_has_ten_questions_with_three_or_four_answers(quiz: Quiz) -> None:
    assert len(quiz.questions) == 10
    for question in quiz.questions:
        assert 3 <= len(question.answers) <= 4
        assert question.ask.endswith("?"), question.id


@pytest.mark.parametrize("quiz", QUIZZES)
def test_every_answer_has_an_explanation(quiz: Quiz) -> None:
    for question in quiz.questions:
        for answer in question.answers:
            assert re.search(r"[.)]$", answer.why) and 20 <= len(answer.why) <= 220, question.id
            assert len(answer.says) <= 100, question.id


def test_questions_and_explanations_are_unique() -> None:
    questions = [question for quiz in COURSE.quizzes for question in quiz.questions]
    for texts in (
        [question.id for question in questions],
        [question.ask for question in questions],
        [answer.why for question in questions for answer in question.answers],
    ):
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("quiz", QUIZZES)
def test_the_length_does_not_reveal_the_right_answer(quiz: Quiz) -> None:
    longest = [
        question.id
        for question in quiz.questions
        if len(question.answers[0].says) > max(len(answer.says) for answer in question.answers[1:])
    ]
    assert len(longest) <= 4


def test_computed_answers_are_right() -> None:
    """Computes the results that questions ask for; the right answers must equal them."""
    import torch

    from reference.adamw import AdamW
    from reference.bigram import BigramLM
    from reference.bpe import merge
    from reference.data import GPTDatasetV1
    from reference.lora import LoRALayer

    parameter = torch.nn.Parameter(torch.tensor(1.0))
    parameter.grad = torch.tensor(-2.0)
    torch.optim.SGD([parameter], lr=0.1).step()
    weight = torch.nn.Parameter(torch.tensor(1.0))
    weight.grad = torch.tensor(0.003)
    AdamW([weight], lr=0.1, weight_decay=0.0).step()
    tokens = SimpleNamespace(encode=lambda text, **_: list(range(10)))
    bigram = BigramLM(4)
    bigram.fit(torch.tensor([0, 1] * 3))
    after_a = bigram.counts[0] / bigram.counts[0].sum()
    computed = {
        "loss-of-guessing": f"{torch.tensor(50257.0).log():.1f}",
        "one-sgd-step": f"{parameter.item():.1f}",
        "merge-three": str(merge([97, 97, 97, 98], (97, 97), 256)),
        "how-many-windows": str(len(GPTDatasetV1("", tokens, 4, 4))),
        "size-of-scores": f"{torch.ones(64).sum().sqrt():g}",
        "dropout-factor": f"{torch.nn.functional.dropout(torch.ones(1000), 0.2).max():g}",
        "mean-of-windows": "e², about " + f"{torch.tensor([1.0, 3.0]).mean().exp():.1f}",
        "add-one": f"{round(after_a[1].item() * 7)}/7",
        "first-adamw-step": f"{1 - weight.item():.3g}",
        "uneven-batches": f"{torch.tensor([2.0] * 30 + [4.0] * 10).mean():g}",
        "lora-numbers": f"{sum(parameter.numel() for parameter in LoRALayer(768, 768, 16, 1).parameters()):,}",
        "dpo-at-the-start": "ln 2, about " + f"{-torch.nn.functional.logsigmoid(torch.tensor(0.0)):.2f}",
    }
    right = {question.id: question.answers[0].says for quiz in COURSE.quizzes for question in quiz.questions}
    assert {id: right[id] for id in computed} == computed


def test_code_in_questions_behaves_as_described() -> None:
    import torch

    X = torch.ones(5, 6)
    with pytest.raises(RuntimeError):
        _ = X - X.mean(dim=1)
    batch, heads, length, size = 1, 2, 2, 1
    token_of = torch.tensor([0, 0, 1, 1]).view(batch, length, heads * size)
    assert token_of.view(batch, heads, length, size)[0, 0, :, 0].tolist() == [0, 0]
    assert token_of.view(batch, length, heads, size).transpose(1, 2)[0, 0, :, 0].tolist() == [0, 1]
