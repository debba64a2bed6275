"""A check with the learner's own parts takes those that have passed, and its verdict says whose each part is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from exercises.course import Course
from exercises.exercise import Exercise
from grader.parts import own_parts_of
from grader.verdict import Verdict
from learner.own_parts import OwnPart
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.grading import Service
from tests.support.solutions import correct

BROKEN_NORM = "from torch import nn\n\n\nclass LayerNorm(nn.Identity):\n    pass\n"


@pytest.fixture(scope="module")
def block(course: Course) -> Exercise:
    return structs.replace(course.exercise("transformer-block"), own_parts=True)


@pytest.fixture(scope="module")
def solution(block: Exercise) -> str:
    return correct(block)


@pytest.fixture
def passed(course: Course, block: Exercise, tmp_path: Path) -> Workspace:
    """A workspace in which layer-norm and multi-head-attention have passed."""
    workspace = Workspace(tmp_path, course)
    workspace.progress_path.parent.mkdir(parents=True)
    with Progress(workspace.progress_path) as progress:
        for id in ("layer-norm", "multi-head-attention"):
            source = f"print('my {id}')\n{correct(course.exercise(id))}"
            progress.record(id, "any", source.encode(), {"outcome": "passed"})
            progress.record(id, "any", b"an attempt that failed later", {"outcome": "failed"})
    return workspace


def owners(verdict: Verdict) -> dict[str, str]:
    return {part.name: part.owner for part in verdict.parts}


def test_passed_parts_replace_the_references(
    service: Service, block: Exercise, solution: str, passed: Workspace
) -> None:
    verdict = service.check(block, solution, own_parts=own_parts_of(passed, block))
    assert verdict.passed, verdict.message
    assert owners(verdict) == {
        "FeedForward": "reference",
        "GELU": "reference",
        "LayerNorm": "yours",
        "MultiHeadAttention": "yours",
    }
    assert {"name": "LayerNorm", "owner": "yours", "problem": ""} in msgspec.to_builtins(verdict)["parts"]
    says = "Parts: yours: LayerNorm and MultiHeadAttention; the reference's: FeedForward and GELU."
    assert verdict.parts_used == says
    assert verdict.output.split("\n")[:2] == ["my multi-head-attention", "my layer-norm"]


def test_without_passed_parts_all_are_the_references(
    service: Service, block: Exercise, solution: str, course: Course, tmp_path: Path
) -> None:
    own = own_parts_of(Workspace(tmp_path, course), block)
    verdict = service.check(block, solution, own_parts=own)
    assert verdict.passed and own == []
    assert verdict.parts_used == "Parts: all are the reference's: FeedForward, GELU, LayerNorm and MultiHeadAttention."


def test_other_exercises_take_the_references(course: Course, passed: Workspace) -> None:
    assert own_parts_of(passed, course.exercise("transformer-block")) == []


def test_own_parts_import_their_own_parts(service: Service, course: Course, passed: Workspace) -> None:
    model = structs.replace(course.exercise("gpt-model"), own_parts=True)
    block = course.exercise("transformer-block")
    own = [*own_parts_of(passed, model), OwnPart(block.id, block.file_name, block.symbols, correct(block).encode())]
    verdict = service.check(model, correct(model), own_parts=own)
    assert verdict.passed, verdict.message
    assert owners(verdict)["MultiHeadAttention"] == "yours"  # imported by the learner's block


def test_the_references_parts_contain_the_learners(service: Service, course: Course, passed: Workspace) -> None:
    model = structs.replace(course.exercise("gpt-model"), own_parts=True)
    imports_block = (model.folder / "other_styles" / "module_list.py").read_text(encoding="utf-8")
    verdict = service.check(model, imports_block, own_parts=own_parts_of(passed, model))
    assert verdict.passed, verdict.message
    assert owners(verdict) == {
        "FeedForward": "reference",
        "GELU": "reference",
        "LayerNorm": "yours",
        "MultiHeadAttention": "yours",
        "TransformerBlock": "reference",
    }


def test_the_part_at_fault_is_named(service: Service, block: Exercise, solution: str, passed: Workspace) -> None:
    own = [part for part in own_parts_of(passed, block) if part.exercise != "layer-norm"]
    norm = OwnPart("layer-norm", "layer_norm.py", ("LayerNorm",), BROKEN_NORM.encode())
    verdict = service.check(block, solution, own_parts=[*own, norm])
    assert not verdict.passed
    assert "With the reference's parts your code passes" in verdict.message
    assert "your own `LayerNorm` (layer-norm)" in verdict.message


def test_a_wrong_solution_keeps_its_diagnosis(
    service: Service, block: Exercise, solution: str, passed: Workspace
) -> None:
    wrong = solution.replace("self.norm2(after_attention)", "self.norm1(after_attention)")
    verdict = service.check(block, wrong, own_parts=own_parts_of(passed, block))
    assert verdict.mistake is not None and verdict.mistake.id == "norm1-twice"
    assert "yours: LayerNorm" in verdict.parts_used


def test_a_part_that_does_not_load_is_the_references(service: Service, block: Exercise, solution: str) -> None:
    norm = OwnPart("layer-norm", "layer_norm.py", ("LayerNorm",), b"import no_such_module\n")
    verdict = service.check(block, solution, own_parts=[norm])
    assert verdict.passed
    assert owners(verdict)["LayerNorm"] == "reference"
    assert "Your layer_norm.py does not load here (ModuleNotFoundError" in verdict.parts_used
