"""A broken general rule is named, in any exercise, and only where its own check has measured it."""

import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from grader.judge.causes import Failure
from grader.judge.rules import broken_rule, ends_search
from grader.verdict import Check, MatchedMistake
from tests.support.grading import Service
from tests.support.solutions import correct

RETURN = "        return context\n"


@pytest.mark.parametrize(
    ("replaced", "by", "rule"),
    [
        ("        return context\n", "        torch.manual_seed(0)\n        return context\n", "rule:seed"),
        ("        return context\n", "        x += 1\n        return context\n", "rule:argument-changed"),
        ("        return context\n", "        self.eval()\n        return context\n", "rule:mode-changed"),
        ("        return context\n", "        return context.detach()\n", "rule:no-gradient"),
        ("        return context\n", "        return context.to(torch.float32)\n", "rule:dtype"),
        ("        return context\n", "        return context.double()\n", "rule:dtype"),
        ("        return context\n", "        return torch.tensor(context.detach().numpy())\n", "rule:dtype"),
        (
            "        return context\n",
            "        self.sum = getattr(self, 'sum', 0) + context.sum().detach()\n        return context + self.sum\n",
            "rule:kept-between-calls",
        ),
        (
            "        return context\n",
            "        self.last = getattr(self, 'last', context)\n        return self.last\n",
            "rule:kept-between-calls",
        ),
    ],
)
def test_a_broken_rule_is_named(
    service: Service, causal: Exercise, right: str, replaced: str, by: str, rule: str
) -> None:
    assert right.count(replaced) == 1
    verdict = service.check(causal, right.replace(replaced, by))
    assert verdict.mistake is not None and verdict.mistake.id == rule, verdict.message
    assert verdict.message == verdict.mistake.says
    assert verdict.mistake.evidence == "This is a rule in all exercises."


@pytest.mark.parametrize(
    ("replaced", "by", "rule", "says"),
    [
        ("class CausalAttention", "class Attention", None, "does not define `CausalAttention`"),
        ("W_query", "w_q", None, "has no `W_query`; it has `w_q`"),
        ("def forward", "def forwards", None, "no method `forward`"),
        ("(self, x: torch.Tensor)", "(self, x, mask)", None, "does not accept the arguments"),
        ("d_in: int, d_out: int", "d_out: int, d_in: int", "rule:argument-order", "in the order"),
        ("        super().__init__()\n", "", "rule:super-call", "`super().__init__()` is missing"),
        (RETURN, "        return context[None]\n", "rule:dimension-of-one", "only in dimensions of length 1"),
        ("        return context\n", "", "rule:nothing-returned", "is None; it should be a tensor"),
    ],
)
def test_a_missing_name_is_told_and_is_no_mistake(
    service: Service, causal: Exercise, right: str, replaced: str, by: str, rule: str | None, says: str
) -> None:
    assert replaced in right
    verdict = service.check(causal, right.replace(replaced, by))
    assert verdict.outcome in ("failed", "error") and says in verdict.message, verdict.message
    assert (verdict.mistake.id if verdict.mistake else None) == rule, verdict.message


@pytest.mark.parametrize(
    ("id", "replaced", "by", "kept"),
    [
        (
            "lr-schedule",
            "lr = initial + step * increment",
            "lr = _kept.setdefault(step, initial + step * increment)",
            "{}",
        ),
        (
            "instruction-mask",
            "    longest = max(len(ids) for _, ids in batch)",
            "    _kept.extend(len(ids) for _, ids in batch)\n    longest = max(_kept)",
            "[]",
        ),
    ],
)
def test_what_the_file_keeps_of_earlier_calls_is_named(
    service: Service, course: Course, id: str, replaced: str, by: str, kept: str
) -> None:
    right = correct(course.exercise(id))
    assert right.count(replaced) == 1
    verdict = service.check(course.exercise(id), f"{right.replace(replaced, by)}\n\n_kept = {kept}\n")
    assert verdict.mistake is not None and verdict.mistake.id == "rule:kept-between-calls", verdict.message


def test_a_result_of_the_wrong_form_is_a_rule(service: Service, course: Course) -> None:
    exercise = course.exercise("lora-layer")
    own = correct(exercise).replace("nn.Parameter(torch.zeros(rank, out_dim))", "nn.Linear(rank, out_dim, bias=False)")
    verdict = service.check(exercise, own)
    assert verdict.mistake is not None and verdict.mistake.id == "rule:form", verdict.message
    assert "is of the type Linear; it should be an nn.Parameter" in verdict.message


@pytest.mark.parametrize(
    ("by", "says"),
    [
        ('cfg["dropout"]', 'reads `cfg["dropout"]`, but `cfg` has no such key'),
        ("cfg.emb_dim", 'reads `cfg.emb_dim`, but `cfg` is a dict: write `cfg["emb_dim"]`.'),
    ],
)
def test_a_key_that_the_settings_lack_is_a_rule(service: Service, course: Course, by: str, says: str) -> None:
    source = f"from torch import nn\nclass GPTModel(nn.Module):\n    def __init__(self, cfg):\n        {by}\n"
    verdict = service.check(course.exercise("gpt-model"), source)
    assert verdict.mistake is not None and verdict.mistake.id == "rule:key" and says in verdict.message


def test_an_error_for_more_than_one_sequence_is_a_rule(service: Service, course: Course) -> None:
    exercise = course.exercise("gqa")
    own = correct(exercise).replace("B, T, _ = x.shape", "x = x[:1]; B, T, _ = x.shape")
    verdict = service.check(exercise, own)
    assert verdict.mistake is not None and verdict.mistake.id == "rule:batch-size", verdict.message
    assert "for a batch of 1, but not for a batch of" in verdict.message


def test_a_batch_is_tried_where_a_probe_takes_other_arguments_than_the_varied_ones(
    service: Service, course: Course
) -> None:
    exercise = course.exercise("lora-layer")  # its probe `output` takes a rank, which is not varied
    own = correct(exercise).replace("self.alpha * expanded", "self.alpha * expanded * self.A.shape[1] ** 3")
    verdict = service.check(exercise, own)
    assert verdict.outcome == "failed" and (verdict.mistake is None or verdict.mistake.id != "rule:batch-size")


def test_a_wrong_value_beside_it_is_not_explained_by_a_rule(service: Service, causal: Exercise, right: str) -> None:
    verdict = service.check(causal, right.replace(RETURN, "        return context.float() * 3.7\n"))
    assert verdict.outcome == "failed" and verdict.mistake is None


def test_what_a_check_measures_is_named(service: Service, course: Course) -> None:
    exercise = course.exercise("load-gpt2-weights")
    line = '    gpt.final_norm.shift = assign(gpt.final_norm.shift, params["b"])\n'
    verdict = service.check(exercise, correct(exercise).replace(line, ""))
    assert verdict.mistake is not None and verdict.mistake.id == "check:not-loaded"
    assert verdict.message.startswith("Yours does not load `gpt.final_norm.shift`; it should")
    assert verdict.mistake.evidence in verdict.message


def test_pairs_are_not_searched_where_they_would_explain_no_more() -> None:
    rule, value = Failure("test_dtype", "rule"), Failure("test_logits", "value")
    checks = [Check(name, "failed", "", 0.0, "") for name in ("test_dtype", "test_logits")]
    assert ends_search(None, [rule, value], checks[:1]), "only rules are broken"
    assert not ends_search(None, [rule, value], checks)
    assert ends_search(None, [Failure("test_dtype", "raised"), value], checks[:1]), "all other results are right"
    assert not ends_search(None, [Failure("test_dtype", "value")], checks[:1]), "the results are wrong"
    form = Failure("test_logits", "form", "`pos_emb` is a Tensor")
    assert ends_search(MatchedMistake("rule:form", ""), [form, form], checks[1:]), "nothing else was measured"
    measured = MatchedMistake("check:scale", "")
    assert ends_search(measured, [rule, value], checks[1:]), "the only red check has measured the cause"
    assert not ends_search(measured, [rule, value], checks)
    assert not ends_search(MatchedMistake("rule:form", ""), [rule, value], checks[1:]), "a form hides the values"


def test_unwritten_code_breaks_no_rule(service: Service, causal: Exercise) -> None:
    assert service.check(causal, causal.stub).mistake is None


def test_what_is_kept_is_named_though_other_checks_see_it_too() -> None:
    failures = [Failure("test_order", "property"), Failure("test_no_memory", "property"), Failure("test_size", "value")]
    red = [Check(failure.check, "failed", f"about {failure.check}", 0.0, "") for failure in failures]
    rule = broken_rule(failures, red, {})
    assert rule is not None and (rule.id, rule.says) == ("rule:kept-between-calls", "about test_no_memory")
    assert broken_rule(failures[::2], red[::2], {}) is None
    shown = [Failure("test_size", "value", diagnosis="size"), Failure("test_no_memory", "property")]
    red = [Check(failure.check, "failed", f"about {failure.check}", 0.0, "") for failure in shown]
    rule = broken_rule(shown, red, {})
    assert rule is not None and rule.id == "rule:kept-between-calls"


def test_a_name_that_a_call_by_name_misses_is_a_rule(service: Service, course: Course) -> None:
    exercise = course.exercise("format-input")
    verdict = service.check(exercise, correct(exercise).replace("entry", "example"))
    assert verdict.mistake is not None and verdict.mistake.id == "rule:argument-names", verdict.message
    assert "It should take (entry); yours takes (example" in verdict.message
