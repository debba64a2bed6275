"""Names the general rule that a solution breaks: rules of all exercises, which need no entry in exercise.toml.

A rule is named only if its own check has measured that it is broken, and nothing else is to mend. The side effects that
change what other checks measure are named in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from grader import common_errors
from grader.judge.causes import Failure, Kind
from grader.verdict import ERROR, MEASURED, RULE, Check, MatchedMistake

# the rule of a kind of side effect (grader/child/side_effects.py)
SIDE_EFFECTS = {
    "inputs": "argument-changed",
    "global_state": "global-setting",
    "mode": "mode-changed",
    "model": "model-changed",
    "registered": "not-registered",
    "requires_grad": "requires-grad",
    "earlier_results": "result-changed-later",
}
# they change what other checks measure, so they are the cause
CONFUSING = ("inputs", "global_state", "registered")
# the rule of a test of this name, common or the exercise's own
TESTS = {
    "test_dtype": "dtype", "test_dtypes": "dtype", "test_dtype_and_device": "dtype-or-device",
    "test_device": "device", "test_devices": "device", "test_device_argument": "device",
    "test_registered": "not-registered", "test_gradients": "no-gradient", "test_no_gradients": "gradients-computed",
    "test_float": "type", "test_floats": "type",
    "test_no_memory": "kept-between-calls", "test_mode": "mode", "test_manners": "side-effect",
    "test_unchanged": "argument-changed", "test_weights_kept": "model-changed",
}  # fmt: skip
# the rule that is broken where results cannot be used as the page says: kind of failure, words of the message, rule.
# A missing name is none: the message says what to rename, and nothing else was measured.
UNUSABLE: tuple[tuple[Kind, str, str], ...] = (
    ("call", "takes its arguments in the order", "argument-order"),
    ("raised", r"^`super\(\).__init__\(\)` is missing", "super-call"),
    ("form", "", "form"),
    ("raised", "is a dict: write `|has no such key: use the keys", "key"),
    ("raised", common_errors.NONE, ERROR + "none"),
    *(("raised", re.escape(error.verb), ERROR + error.id) for error in common_errors.COMMON_ERRORS),
)
SHAPES = r" has shape \(([\d, ]*)\); it should be \(([\d, ]*)\)"
RETURNS_NOTHING = "^Your (result|output|`)[^;]* is None;"
# a call by name is refused, and no other check fails: the checks that call by position have passed
REFUSED_NAME = r"unexpected keyword argument .* yours takes "
KEPT = TESTS["test_no_memory"]
# weights that the page does not name get other numbers than the reference's, so they change all results
OTHER_WEIGHTS = "trainable numbers; .* The page does not name"
# where the code raises in the test of a rule: what the error speaks of if the rule is broken, and what to do
RAISED = {
    "dtype": (
        "dtype|[Ss]calar ?[Tt]ype",
        "It should work in the dtype of its input: new tensors need dtype=…; .float() changes it.",
    ),
    "device": ("device|meta", "It should work on the device of its input: new tensors need device=…"),
    "dtype-or-device": ("dtype|[Ss]calar ?[Tt]ype|device|meta", "It should keep the dtype and the device."),
    "no-gradient": ("grad", "It should be computed from tensors only, without detach, no_grad or item()."),
}


def broken_rule(
    failures: Sequence[Failure], red: Sequence[Check], side_effects: Mapping[str, str]
) -> MatchedMistake | None:
    """Returns the general rule that explains why a solution fails, or None.

    failures: of the solution's checks, in their order
    red: the checks that are about a cause (causes.red_checks)
    side_effects: the first message of each kind
    """
    for kind in CONFUSING:
        if kind in side_effects:
            return _rule(_side_effect(kind, side_effects[kind]), side_effects[kind])
    by_name = {failure.check: failure for failure in failures}
    about = [(check, by_name[check.name]) for check in red if check.name in by_name]
    if not about or len(about) < len(red):
        return None
    if "mode" in side_effects and all(failure.kind in ("property", "rule") for _, failure in about):
        return _rule(SIDE_EFFECTS["mode"], side_effects["mode"])  # it changes where dropout acts
    for check, failure in about:  # what is kept can change the results of all other checks
        measured = failure.kind == "property" or (failure.kind == "rule" and "keeps something" in check.message)
        if TESTS.get(failure.check) == KEPT and measured and not failure.diagnosis:
            return _rule(KEPT, check.message)
    for check, failure in about:
        if failure.diagnosis:
            return MatchedMistake(MEASURED + failure.diagnosis, check.message)
    for check, failure in about:
        if TESTS.get(failure.check) == "not-registered" and re.search(OTHER_WEIGHTS, check.message):
            return _rule("not-registered", check.message)
    check, failure = about[0]
    if {failure.kind for failure in failures} == {"call"} and re.search(REFUSED_NAME, check.message, re.DOTALL):
        return _rule("argument-names", check.message)
    for kind, words, name in UNUSABLE:
        if failure.kind == kind and failure.cause and re.search(words, check.message):
            return _rule(name, check.message)
    if failure.kind == "form" and re.search(RETURNS_NOTHING, check.message):
        return _rule("nothing-returned", check.message)
    if failure.kind == "form" and (shapes := re.search(SHAPES, check.message)):
        actual, right = ([size for size in re.findall(r"\d+", shape) if size != "1"] for shape in shapes.groups())
        says = f"{check.message} The shapes differ only in dimensions of length 1, which unsqueeze and squeeze change."
        return _rule("dimension-of-one", says) if actual == right else None
    if failure.kind == "form" and not failure.cause and not re.search(" has shape | is None", check.message):
        return _rule("dtype" if " has dtype " in check.message else "type", check.message)
    if not all(_is_about_a_rule(failure) for _, failure in about):
        return None
    # what is kept has the dtype, the device and the graph of an earlier call
    check, failure = next(
        (pair for pair in about if TESTS[pair[1].check] == KEPT and pair[1].kind != "raised"), about[0]
    )
    name = TESTS[failure.check]
    if name != KEPT and any(TESTS.get(each.check) == KEPT for each in failures):
        return None  # it raises there, perhaps because of what is kept
    if failure.kind == "raised":
        speaks_of, correction = RAISED.get(name, ("$^", ""))
        says = check.message if check.message.endswith((".", "!", "?")) else f"{check.message}."
        return _rule(name, f"{says} {correction}") if re.search(speaks_of, check.message) else None
    if check.message.startswith("Training mode changes"):
        name = "mode"
    kind = next((kind for kind, message in side_effects.items() if message == check.message), "")
    return _rule(_side_effect(kind, check.message) if kind else name, check.message)


def ends_search(rule: MatchedMistake | None, failures: Sequence[Failure], red: Sequence[Check]) -> bool:
    """Whether two mistakes together would explain no more, so that the search among pairs, which takes long, is left
    out: all red checks are about rules of all exercises, the only one has measured the cause, the results are right for
    a batch of one, or all checks ended with the same form.

    rule: what broken_rule or batch_size.only_for_one returns
    """
    if rule is not None and (rule.id == RULE + "batch-size" or (len(red) == 1 and rule.id.startswith(MEASURED))):
        return True
    if rule is not None and all(failure.kind == "form" and failure.cause for failure in failures):
        return True  # each check ended with the same message, which any other mistake beside it would give too
    names = {check.name for check in red}
    return all(_is_about_a_rule(failure) and failure.kind != "value" for failure in failures if failure.check in names)


def first_of_each(effects: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns the first message of each kind of side effect. effects: ("inputs softmax[0]", message) and so on."""
    first: dict[str, str] = {}
    for kind, message in effects:
        first.setdefault(kind.split()[0], message)
    return first


def _is_about_a_rule(failure: Failure) -> bool:
    return failure.check in TESTS and failure.kind in ("rule", "property", "raised", "value")


def _side_effect(kind: str, message: str) -> str:
    return "seed" if kind == "global_state" and "seed" in message else SIDE_EFFECTS[kind]


def _rule(name: str, says: str) -> MatchedMistake:
    return MatchedMistake(name if name.startswith(ERROR) else RULE + name, says)
