"""A month's terms quiz, line by line: for a terminal, a screen reader, or a pipe."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from exercises.course import Course, Month
from exercises.quiz import Question, Quiz, pass_mark
from learner.progress import Progress
from learner.quizzes import QuizStand
from tui.cli.states import STATE_MARKS, STATE_WORDS, best_result, quiz_data
from tui.cli.workspace import open_workspace
from tui.formatting import month_name

LETTERS = "abcd"


@click.command("quiz")
@click.argument("month", required=False)
@click.option("--json", "as_json", is_flag=True, help="Where you stand with each quiz, as one JSON object.")
@click.option("--again", is_flag=True, help="Begin anew, in place of going on with a run.")
@click.pass_obj
def quiz_command(root: Path, month: str | None, as_json: bool, again: bool) -> None:
    """Ten short questions about a month's terms, each answer explained. MONTH is 1 to 6, or break.

    Without MONTH: where you stand with each. Answer with a to d; q leaves, and the next time goes on there.
    """
    with open_workspace(root) as (course, _, progress):
        if month is None or as_json:
            _list(course, progress, as_json)
        else:
            chosen = _month(course, month)
            assert chosen.quiz is not None
            _take(chosen, chosen.quiz, progress, again)


def _list(course: Course, progress: Progress, as_json: bool) -> None:
    stands = progress.quiz_stands()
    quizzes = [(month, stands.get(month.id, QuizStand())) for month in course.months if month.quiz is not None]
    if as_json:
        rows = [{"month": month.id, "title": month.title, **quiz_data(stand)} for month, stand in quizzes]
        click.echo(json.dumps({"version": 1, "quizzes": rows}, ensure_ascii=False))
        return
    for month, stand in quizzes:
        result = ", ".join(filter(None, (STATE_WORDS[stand.state], best_result(stand))))
        click.echo(f"{STATE_MARKS[stand.state]} {month.number or month.id!s:<6} {month.title}  {result}".rstrip())


def _month(course: Course, name: str) -> Month:
    """A month with a quiz by its number, id, or "break"."""
    months = [month for month in course.months if month.quiz is not None]
    for month in months:
        if name.casefold() in (str(month.number or ""), month.id, month_name(month).casefold()):
            return month
    known = ", ".join(str(month.number or month.id) for month in months)
    raise click.UsageError(f"There is no quiz {name!r}. There is one for each of {known}.")


def _take(month: Month, quiz: Quiz, progress: Progress, again: bool) -> None:
    run = progress.quiz_run(quiz, again)
    total = len(quiz.questions)
    choices = dict(run.choices)
    click.echo(f"{month_name(month)}, {month.title}: {total} questions.")
    if choices:
        click.echo(f"{len(choices)} are answered already; --again begins anew.")
    for number, question in enumerate(quiz.questions, 1):
        if question.id in choices:
            continue
        order = question.shuffled(run.number)
        letter = _ask(f"Question {number} of {total}. ", question, order)
        if letter is None:
            click.echo(f"\nLeft at question {number}. `fromscratch quiz {month.number or month.id}` goes on there.")
            sys.exit(1)
        choices[question.id] = order[letter]
        progress.answer_quiz(quiz, run.number, question.id, order[letter])
        _explain(question, order, letter)
    _sum_up(quiz, choices)


def _ask(start: str, question: Question, order: tuple[int, ...]) -> int | None:
    """Which answer is given, by its place in `order`; None for leaving."""
    click.echo(f"\n{start}{question.ask}")
    for line in question.code.splitlines():
        click.echo(f"    {line}")
    for letter, place in zip(LETTERS, order, strict=False):
        click.echo(f"  {letter}. {question.answers[place].says}")
    letters = LETTERS[: len(order)]
    while True:
        click.echo(f"Your answer ({letters[0]} to {letters[-1]}, q leaves): ", nl=False)
        line = sys.stdin.readline()
        given = line.strip().casefold().rstrip(".)")
        if not line or given == "q":
            return None
        if given in [*letters, *(str(i + 1) for i in range(len(order)))]:
            return letters.index(given) if given in letters else int(given) - 1
        click.echo(f"Type one of {', '.join(letters)}, or q.")


def _explain(question: Question, order: tuple[int, ...], given: int) -> None:
    right = order.index(0)
    chosen = question.answers[order[given]]
    if given == right:
        click.echo(f"Right. {chosen.why}")
    else:
        click.echo(f"Not {LETTERS[given]}. {chosen.why}")
        click.echo(f"It is {LETTERS[right]}: {question.answers[0].says.rstrip('.')}. {question.answers[0].why}")
    rest = [place for place in order if place not in (0, order[given])]
    for place in rest:
        click.echo(f"  {LETTERS[order.index(place)]}: {question.answers[place].why}")


def _sum_up(quiz: Quiz, choices: dict[str, int]) -> None:
    total = len(quiz.questions)
    right = sum(choice == 0 for choice in choices.values())
    verdict = "Passed." if right >= pass_mark(total) else f"{pass_mark(total)} are needed to pass."
    click.echo(f"\n{right} of {total} right. {verdict}")
    terms = dict.fromkeys(term for one in quiz.questions if choices[one.id] != 0 for term in one.terms)
    if terms:
        click.echo(f"To read again, with `fromscratch glossary WORD`: {'; '.join(terms)}")
    sys.exit(0 if right >= pass_mark(total) else 1)
