"""A slip that no mistake of the exercise describes is named by the small change of the reference that it amounts to."""

import ast
import math

import msgspec
import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from grader.edits.generate import edits
from grader.edits.kinds import kinds_of
from grader.judge.edit_search import _compiled
from grader.source import reference_source
from tests.support.grading import Service
from tests.support.solutions import correct

UNLISTED = [  # in other styles than the reference's
    (
        "lr-schedule",
        "def lr_at(step, total, warmup, peak, initial, minimum):\n"
        "    if step < warmup:\n        return initial + (peak - initial) / warmup * step\n"
        "    t = (step - warmup) / (total - warmup)\n"
        "    return minimum + (peak - minimum) * 0.5 * (1 + math.sin(math.pi * t))\n",
        "with `math.sin` instead of `math.cos`, where `decay` is computed",
    ),
    (
        "lr-schedule",
        "def lr_at(step, total, warmup, peak, initial, minimum):\n"
        "    if step < warmup:\n        return initial + (peak - initial) / (warmup + 1) * step\n"
        "    t = (step - warmup) / (total - warmup)\n"
        "    return minimum + (peak - minimum) * 0.5 * (1 + math.cos(math.pi * t))\n",
        "`warmup + 1` instead of `warmup`",
    ),
    (
        "causal-attention",
        ("diagonal=1", "diagonal=2"),
        "`diagonal=2` instead of `diagonal=1`, where `future` is computed",
    ),
    ("causal-attention", ("bias=qkv_bias", "bias=False"), "`bias=False` instead of `bias=qkv_bias`, in 3 places"),
    ("dpo-loss", ("labels[:, 1:]", "labels[:, :-1]"), "`labels[:, :-1]` instead of `labels[:, 1:]`"),
]


def unlisted(exercise: Exercise) -> Exercise:
    return msgspec.structs.replace(exercise, mistakes=())


@pytest.mark.parametrize(("id", "wrong", "words"), UNLISTED)
def test_an_unlisted_slip_is_named(
    service: Service, course: Course, id: str, wrong: str | tuple[str, str], words: str
) -> None:
    exercise = course.exercise(id)
    source = "import math\n\n\n" + wrong if isinstance(wrong, str) else correct(exercise).replace(*wrong)
    verdict = service.check(unlisted(exercise), source)
    assert verdict.mistake is not None, verdict.message
    assert verdict.mistake.id.startswith("edit:") and words in verdict.mistake.says
    assert "among small changes" in verdict.message
    assert sum(check.outcome == "failed" for check in verdict.checks) == 1, "the others wait for it"


@pytest.mark.parametrize("factor", ["3.7", "torch.tensor(float('nan'))"])
def test_what_no_small_change_explains_is_not_named(
    service: Service, causal: Exercise, right: str, factor: str
) -> None:
    wrong = right.replace("        return context\n", f"        return context * {factor}\n")
    assert service.check(unlisted(causal), wrong).mistake is None


def test_equal_results_that_say_little_are_chance(service: Service, course: Course) -> None:
    exercise = course.exercise("text-ids")
    wrong = correct(exercise).replace("return text", "return 'a'")
    assert wrong != correct(exercise)
    assert service.check(unlisted(exercise), wrong).mistake is None


def test_a_change_that_never_ends_costs_no_verdict(service: Service, course: Course) -> None:
    exercise = course.exercise("bpe-train")  # `while i < len(ids)` is endless without `i += 1`
    wrong = correct(exercise).replace("max(", "min(", 1)
    assert wrong != correct(exercise)
    verdict = service.check(unlisted(exercise), wrong)
    assert verdict.outcome == "failed" and verdict.checks


def _small(x: int, flags: list[bool]) -> float:
    total = 0.0
    for flag in flags:
        if flag and x > 1:
            total += math.sqrt(x)
        else:
            break
    return total


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # such as a call of a number
@pytest.mark.parametrize("id", ["causal-attention", "sample-generate", "beam-search", "load-gpt2-weights"])
def test_each_change_can_be_compiled_and_taken_back(course: Course, id: str) -> None:
    tree = ast.parse(reference_source.text(course.exercise(id)))
    before = ast.dump(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    kinds = {node.name: {arg.arg: "int" for arg in node.args.args} for node in functions}
    found = list(edits(tree, kinds))
    assert len(found) > 50
    for edit in found:
        with edit.applied():
            assert _compiled(edit).co_name == edit.function.name
        assert edit.sentence.split()[0] in ("with", "without", "that")
    assert ast.dump(tree) == before


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a * (b + c)", "a * b + c"),
        ("(a + b) / c", "a + b / c"),
        ("a - (b - c)", "a - b - c"),
        ("f(a + b, 1)", "f(a, 1) + b"),
        ("f(a) / b", "f(a / b)"),
        ("a * 0.044715", "a * 0.044175"),
        ("a * 0.044715", "a * 0.04475"),
        ("a * 0.044715", "a * 0.045"),
    ],
)
def test_lost_parentheses_and_mistyped_digits_are_small_changes(right: str, wrong: str) -> None:
    tree = ast.parse(f"def f(a, b, c):\n    return {right}")
    kinds = {"f": dict.fromkeys("abc", "float")}
    codes = []
    for edit in edits(tree, kinds):
        with edit.applied():
            codes.append(ast.unparse(edit.function.body[0]))
    assert codes.count(f"return {wrong}") == 1


def test_the_returned_argument_can_be_taken_for_another_value_though_it_was_changed() -> None:
    tree = ast.parse("def f(x):\n    for g in (1, 2):\n        x = x + g\n    return x")
    found = [edit.sentence for edit in edits(tree, {"f": {"x": "Tensor"}})]
    assert "that takes `x.squeeze()` for `x`, in what `f` returns" in found


def test_names_are_taken_for_each_other_only_if_they_are_of_one_kind() -> None:
    kinds = kinds_of(lambda: _small(2, [True, True]), __file__)
    assert kinds["_small"] == {"x": "int", "flags": "list", "total": "float", "flag": "bool"}
