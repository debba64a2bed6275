"""`fromscratch quiz`: a month's quiz as lines of text, for a terminal, a screen reader or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from exercises.course import Course, Month
from exercises.quiz import Quiz, pass_mark
from learner.progress import Progress
from learner.quizzes import QuizProgress
from tui.cli.questions import ask, explain
from tui.cli.states import STATE_MARKS, STATE_WORDS, best_result, quiz_data
from tui.cli.terminal import echo, echo_json
from tui.cli.workspace import open_workspace
from tui.formatting import month_name


@click.command("quiz")
@click.argument("name", required=False, metavar="[MONTH]")
@click.option("--json", "as_json", is_flag=True, help="Print your result in each quiz as one JSON object.")
@click.option("--again", is_flag=True, help="Start again from the first question.")
@click.pass_obj
def quiz_command(root: Path, name: str | None, as_json: bool, again: bool) -> None:
    """Answer ten questions about a month's terms.

    MONTH is 1 to 6 or break. Without it, the command shows your result in each quiz. Type a to d to answer, or q to
    quit; the next call continues at the same question. Every answer is explained.
    """
    with open_workspace(root) as (course, _, progress):
        if name is None or as_json:
            _list(course, progress, as_json)
        else:
            month = _find_month(course, name)
            assert month.quiz is not None
            _run(month, month.quiz, progress, again)


def _list(course: Course, progress: Progress, as_json: bool) -> None:
    stands = progress.quiz_progress()
    quizzes = [(month, stands.get(month.id, QuizProgress())) for month in course.months if month.quiz is not None]
    if as_json:
        rows = [{"month": month.id, "title": month.title, **quiz_data(stand)} for month, stand in quizzes]
        echo_json({"version": 1, "quizzes": rows})
        return
    for month, stand in quizzes:
        result = ", ".join(filter(None, (STATE_WORDS[stand.state], best_result(stand))))
        echo(f"{STATE_MARKS[stand.state]} {month.number or month.id!s:<6} {month.title}  {result}".rstrip())


def _find_month(course: Course, name: str) -> Month:
    """Returns the month with this number, id or name, if it has a quiz. Raises UsageError."""
    months = [month for month in course.months if month.quiz is not None]
    for month in months:
        if name.casefold() in (str(month.number or ""), month.id, month_name(month).casefold()):
            return month
    names = ", ".join(str(month.number or month.id) for month in months)
    raise click.UsageError(f"There is no quiz {name!r}. The quizzes are {names}.")


def _run(month: Month, quiz: Quiz, progress: Progress, again: bool) -> None:
    run = progress.quiz_run(quiz, again)
    total = len(quiz.questions)
    choices = dict(run.choices)
    echo(f"{month_name(month)}, {month.title}: {total} questions.")
    if choices:
        echo(f"You have already answered {len(choices)}; --again starts again from the first question.")
    for number, question in enumerate(quiz.questions, 1):
        if question.id in choices:
            continue
        order = question.shuffled(run.number)
        choice = ask(f"Question {number} of {total}. ", question, order)
        if choice is None:
            echo(f"\nStopped at question {number}. `fromscratch quiz {month.number or month.id}` continues there.")
            sys.exit(1)
        choices[question.id] = choice
        progress.record_quiz_answer(quiz, run.number, question.id, choice)
        explain(question, order, choice)
    _print_result(quiz, choices)


def _print_result(quiz: Quiz, choices: dict[str, int]) -> None:
    total = len(quiz.questions)
    right = sum(choice == 0 for choice in choices.values())
    passed = right >= pass_mark(total)
    echo(f"\n{right} of {total} right. {'Passed.' if passed else f'You need {pass_mark(total)} to pass.'}")
    wrong = [question for question in quiz.questions if choices[question.id] != 0]
    terms = dict.fromkeys(term for question in wrong for term in question.terms)
    if terms:
        echo(f"Terms to read again with `fromscratch glossary WORD`: {'; '.join(terms)}")
    sys.exit(0 if passed else 1)
