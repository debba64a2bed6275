"""Verdicts have the right outcome, a message for each fault, and the line of the learner's file."""

from __future__ import annotations

import asyncio
import codecs

import msgspec
import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from grader.check import Grader, new_engine
from grader.verdict import Check, CheckEnded, CheckPlan, MatchedMistake, Verdict, to_json
from tests.support.grading import Service
from tests.support.solutions import correct

DATACLASS = """from __future__ import annotations
import dataclasses

@dataclasses.dataclass
class Config:
    n: int = 1

"""
BROKEN = {
    "syntax": (lambda s: s.replace("def forward(self, x: torch.Tensor)", "def forward(self, x: torch.Tensor")
               , "error", "is not valid Python yet"),
    "indentation": (lambda s: s.replace("        T = x", "      T = x"), "error", "is not valid Python yet"),
    "missing symbol": (lambda s: s.replace("class CausalAttention", "class CausalAtention"), "error",
                       "Is `CausalAtention` a misspelling of it?"),
    "no symbol": (lambda s: "x = 1\n", "error", "does not define `CausalAttention`"),
    "not callable": (lambda s: "CausalAttention = 3\n", "error", "is a value of type int"),
    "null bytes": (lambda s: s + "\0", "error", "Python cannot read this file"),
    "wrong signature": (lambda s: s.replace("context_length: int, dropout: float", "context_length: int"), "failed",
                        "does not accept the arguments"),
    "missing name": (lambda s: s.replace("W_query", "query"), "failed", "has no `W_query`"),
    "no module class": (lambda s: s.replace("class CausalAttention(nn.Module)", "class CausalAttention"), "failed",
                        "raises AttributeError"),
    "wrong shape": (lambda s: s.replace("return context", "return context[0]"), "failed",
                    "has shape (5, 4); it should be (2, 5, 4)"),
    "wrong dtype": (lambda s: s.replace("return context", "return context.double()"), "failed", "has dtype float64"),
    "wrong type": (lambda s: s.replace("return context", "return context.tolist()"), "failed", "is a list"),
    "nothing": (lambda s: s.replace("return context", "context"), "failed", "Is a `return` missing?"),
    "nan": (lambda s: s.replace("return context", "return context / 0 * 0"), "failed", "contains NaN"),
    "own error": (lambda s: s.replace("return context", "return context.flip(9)"), "failed", "raises IndexError"),
    "undefined": (lambda s: s.replace("return context", "return contxt"), "failed", "raises NameError"),
    "forbidden": (lambda s: s.replace(
        "return context", "return nn.functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)"),
        "failed", "does the whole exercise in one call"),
    "seeded": (lambda s: s.replace("        T = x.shape[1]", "        torch.manual_seed(1)\n        T = x.shape[1]"),
               "failed",               "calls torch.manual_seed"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(BROKEN))
def test_each_fault_has_its_message(service: Service, causal: Exercise, right: str, what: str) -> None:
    change, outcome, sentence = BROKEN[what]
    source = change(right)
    assert source != right
    verdict = service.check(causal, source)
    text = verdict.message + " ".join(check.message for check in verdict.checks)
    assert (verdict.outcome, sentence in text) == (outcome, True), (verdict.outcome, text)
    assert "grader/" not in text
    assert "Traceback" not in text
    assert verdict.checks


def test_a_changed_input_is_reported_first(service: Service, causal: Exercise, right: str) -> None:
    """A changed input makes a different check report that the future leaks, which it does not."""
    verdict = service.check(causal, right.replace("        T = x.shape[1]", "        T = x.shape[1]\n        x *= 0.5"))
    assert "changes `x` in place" in verdict.message


def test_a_syntax_error_names_line_and_column(service: Service, causal: Exercise) -> None:
    verdict = service.check(causal, "import torch\n\nclass CausalAttention(:\n    pass\n")
    assert verdict.message.startswith("Line 3, column ")
    assert (verdict.line, verdict.line_text) == (3, "class CausalAttention(:")
    assert verdict.checks[0].outcome == "failed"
    assert {check.outcome for check in verdict.checks[1:]} == {"skipped"}


def test_an_error_names_the_learners_line(service: Service, causal: Exercise, right: str) -> None:
    source = right.replace("return context", "return context.flip(9)")
    verdict = service.check(causal, source)
    assert verdict.line is not None
    assert source.splitlines()[verdict.line - 1].strip() == verdict.line_text == "return context.flip(9)"


def test_the_stub_is_unwritten(service: Service, causal: Exercise) -> None:
    verdict = service.check(causal, causal.stub)
    assert verdict.outcome == "failed"
    assert "Not written yet" in verdict.message
    assert verdict.mistake is None


@pytest.mark.parametrize("encode", [
    lambda s: codecs.BOM_UTF8 + s.encode(),
    lambda s: s.replace("\n", "\r\n").encode(),
    lambda s: ("# -*- coding: latin-1 -*-\n# \xe9t\xe9\n" + s).encode("latin-1", "replace"),
    lambda s: (DATACLASS + s).encode(),
    lambda s: (s + "\nif __name__ == '__main__':\n    raise SystemExit('main ran')\n").encode(),
    lambda s: ("import pandas, regex, tiktoken, matplotlib.pyplot as plt\nfrom tqdm import tqdm\n" + s).encode(),
], ids=["bom", "crlf", "coding line", "dataclass", "main guard", "the book's imports"])  # fmt: skip
def test_files_load_as_python_loads_them(service: Service, causal: Exercise, right: str, encode: object) -> None:
    assert service.check(causal, encode(right)).passed  # type: ignore[operator]


def test_gpt2_vocabulary_is_offered_offline(service: Service, causal: Exercise, right: str) -> None:
    code = '\nimport tiktoken\nprint(tiktoken.get_encoding("gpt2").encode("Akwirw ier"))\n'
    verdict = service.check(causal, right + code)
    assert verdict.passed
    assert verdict.output == "[33901, 86, 343, 86, 220, 959]\n"


def test_checks_tick_as_they_end(service: Service, causal: Exercise, right: str) -> None:
    events: list[object] = []
    verdict = service.check(causal, right, events.append)
    assert isinstance(events[0], CheckPlan)
    ticks = [event.check.name for event in events[1:] if isinstance(event, CheckEnded)]
    assert ticks == [name for name, _ in events[0].names] == [check.name for check in verdict.checks]


def test_the_mistake_and_the_stage_are_named_in_any_style(service: Service, causal: Exercise) -> None:
    style = (causal.folder / "other_styles" / "einsum.py").read_text()
    source = style.replace("q / sqrt(q.size(-1))", "q")
    assert source != style
    verdict = service.check(causal, source)
    assert verdict.mistake is not None
    assert verdict.mistake.id == "no-scale"
    assert verdict.missing_stage == "scaled_scores"
    assert {s.name: s.present for s in verdict.stages} == {
        "queries": True, "keys": True, "values": True, "scores": True, "scaled_scores": False,
        "masked_scores": False, "weights": False, "dropped_weights": False, "context": False,
    }  # fmt: skip


def test_an_unknown_mistake_still_has_its_stage(service: Service, causal: Exercise, right: str) -> None:
    verdict = service.check(causal, right.replace("keys.shape[-1] ** 0.5", "3.7"))
    assert verdict.mistake is None
    assert verdict.missing_stage == "scaled_scores"


def test_steps_computed_differently_are_excused(service: Service, causal: Exercise, right: str) -> None:
    """Dividing the queries instead of the scores never computes `scores`, which is correct."""
    source = right.replace("queries = self.W_query(x)", "queries = self.W_query(x) / self.W_query.out_features ** 0.5")
    source = source.replace("scores / keys.shape[-1] ** 0.5", "scores").replace("@ values", "@ (values * 1.01)")
    verdict = service.check(causal, source)
    assert verdict.missing_stage == "context"


def test_right_steps_and_a_wrong_end(service: Service, causal: Exercise, right: str) -> None:
    verdict = service.check(causal, right.replace("return context", "return context * 2"))
    assert verdict.missing_stage is None
    assert verdict.stages
    assert all(stage.present for stage in verdict.stages)


def test_the_json_contract(service: Service, causal: Exercise, right: str) -> None:
    data = msgspec.json.decode(to_json(service.check(causal, right.replace("/ keys.shape[-1] ** 0.5", ""))))
    assert data["version"] == 1
    assert data["exercise"] == "causal-attention"
    assert data["outcome"] == "failed"
    assert data["mistake"]["id"] == "no-scale"
    assert set(data["checks"][0]) >= {"name", "outcome", "message", "seconds"}
    assert isinstance(data["output"], str)
    assert isinstance(data["seconds"], float)
    assert msgspec.convert(data, Verdict).mistake


def test_surrogates_and_control_characters_cross(service: Service, causal: Exercise, right: str) -> None:
    verdict = service.check(causal, right + '\nprint("\\ud800 \\x1b[31m \\x00 é 漢")\n')
    assert verdict.passed
    assert "漢" in verdict.output
    to_json(verdict)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("return context", "return context[0]"), "return context[0]"),
        (("return context", "return context.double()"), "return context.double()"),
        (("return context", "return context.tolist()"), "return context.tolist()"),
        (("return context", "pass"), "def forward(self, x: torch.Tensor) -> torch.Tensor:"),
        (
            ("def forward(self, x: torch.Tensor)", "def forward(self, x, mask)"),
            "def forward(self, x, mask) -> torch.Tensor:",
        ),
        (("W_query", "query"), "class CausalAttention(nn.Module):"),
    ],
)
def test_wrong_types_and_shapes_have_a_line(
    service: Service, causal: Exercise, right: str, change: tuple[str, str], line: str
) -> None:
    source = right.replace(*change)
    verdict = service.check(causal, source)
    assert verdict.line is not None
    assert source.splitlines()[verdict.line - 1].strip() == line
    assert (verdict.line_text or "").strip() == line


def test_a_missing_vocabulary_is_explained(course: Course) -> None:
    async def check() -> Verdict:
        engine = new_engine(None)
        try:
            exercise = course.exercise("dataloader")
            return await Grader(engine).check(exercise, correct(exercise).encode())
        finally:
            await engine.close()

    verdict = asyncio.run(check())
    assert verdict.outcome == "failed"
    assert "`fromscratch models add gpt2-vocabulary`" in verdict.message


def test_two_named_mistakes_are_two_things_to_mend() -> None:
    checks = [Check("a", "failed", "", 0.0), Check("b", "waiting", "", 0.0)]
    pair = MatchedMistake("no-mask+no-scale", "Two mistakes together: …")
    one = MatchedMistake("no-mask", "Yours has no mask; it should have one.")
    verdicts = [Verdict("causal-attention", "failed", checks, mistake=mistake) for mistake in (None, one, pair)]
    assert [verdict.to_mend for verdict in verdicts] == [
        "1 thing to mend, 1 check waits for it",
        "1 thing to mend, 1 check waits for it",
        "2 things to mend, 1 check waits for them",
    ]
