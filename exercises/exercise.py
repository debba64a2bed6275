"""One exercise as a frozen struct, with its hints, its question to predict and its known mistakes."""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from msgspec import Struct, field, structs

from exercises.declared import CommonKind, CommonSettings, ValueCheck

Level = Literal["core", "stretch"]


class Hint(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[hint]]. `stage` is the step of the reference that it helps with, or "" for the whole task."""

    text: str
    stage: str = ""

    def heading(self, number: int, count: int) -> str:
        """Returns its place among the hints and its stage, such as "Hint 2 of 5, for `scores`"."""
        return f"Hint {number} of {count}" + (f", for `{self.stage}`" if self.stage else "")


class Prediction(Struct, frozen=True, forbid_unknown_fields=True):
    """A [predict]: a question to answer before coding, in Markdown, and its answer."""

    question: str
    answer: str


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """A typical wrong solution, as edits of the reference's source.

    `replace` and `by` are one text each, or lists of equal length. `values` maps a parameter, written `{name}` in
    `says` and `by`, to typical wrong values.
    """

    id: str
    says: str
    replace: str | tuple[str, ...]
    by: str | tuple[str, ...]
    values: dict[str, tuple[str, ...]] = field(default={}, name="with")

    @property
    def variants(self) -> tuple[Mistake, ...]:
        """The mistake with each combination of its parameters' values; the mistake itself if it has no parameters."""
        return (
            tuple(
                structs.replace(
                    self,
                    says=_filled(self.says, chosen),
                    by=tuple(_filled(text, chosen) for text in as_tuple(self.by)),
                    values={},
                )
                for combination in itertools.product(*self.values.values())
                for chosen in [dict(zip(self.values, combination, strict=True))]
            )
            if self.values
            else (self,)
        )

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a text in the reference and the text that replaces it."""
        return tuple(zip(as_tuple(self.replace), as_tuple(self.by), strict=True))


class Exercise(Struct, frozen=True, forbid_unknown_fields=True, dict=True, kw_only=True):
    """An exercise.toml. The loader adds `month_id` and `folder`; other files in the folder are read on demand.

    `figures` are numbers of the book's figures; what is not in the book has a `paper` instead of a chapter, such as
    "Shazeer et al. 2017, arXiv 1701.06538". `importance` is 3 if many later exercises depend on this one.
    `changes` lists arguments that the task modifies in place, such as "copy_weights[0]". `allows` maps general
    faults (grader.proof.faults) that are correct in this exercise to the reason. `renamed_from` lists former ids.
    `own_parts`: a check takes from the learner's passed files what they define of the parts; else all are the
    reference's, so that no mistake counts twice.
    `probes` maps names to expressions; `without` lists common checks that do not apply (exercises.checks).
    """

    id: str
    title: str
    month_id: str
    folder: Path
    summary: str
    symbols: tuple[str, ...]
    reference: str
    chapter: str | int = ""
    section: str | int = ""
    figures: tuple[str, ...] = ()
    paper: str = ""
    importance: Literal[1, 2, 3] = 2
    minutes: int
    level: Level
    renamed_from: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    own_parts: bool = False
    changes: tuple[str, ...] = ()
    allows: dict[str, str] = {}
    concepts: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    predict: Prediction | None = None
    hints: tuple[Hint, ...] = field(default=(), name="hint")
    time_limit: float = 10.0
    probes: dict[str, str] = {}
    checks: tuple[ValueCheck, ...] = field(default=(), name="check")
    common: CommonSettings = CommonSettings()
    without: tuple[CommonKind, ...] = ()
    mistakes: tuple[Mistake, ...] = field(default=(), name="mistake")

    def __hash__(self) -> int:
        return hash((self.id, self.folder))

    @cached_property
    def mistake_variants(self) -> tuple[Mistake, ...]:
        """All variants of all mistakes; the variants of a mistake share its id."""
        return tuple(variant for mistake in self.mistakes for variant in mistake.variants)

    @property
    def stem(self) -> str:
        """The module name of the learner's file: "causal_attention"."""
        return self.id.replace("-", "_")

    @property
    def file_name(self) -> str:
        """The name of the learner's file: "causal_attention.py"."""
        return f"{self.stem}.py"

    @property
    def workspace_path(self) -> Path:
        """The learner's file, relative to the workspace: "month_3_attention/causal_attention.py"."""
        return Path(self.folder.parent.name, self.file_name)

    @property
    def probes_path(self) -> Path:
        return self.folder / "probes.py"

    @property
    def tests_path(self) -> Path:
        return self.folder / f"test_{self.stem}.py"

    @property
    def try_path(self) -> Path:
        return self.folder / "try.py"

    @property
    def race_path(self) -> Path:
        """The work of a race against the reference, where speed or memory is the point."""
        return self.folder / "race.py"

    @cached_property
    def race_task(self) -> str:
        """What is raced: the first line of race.py's docstring; "" if the exercise has no race."""
        if not self.race_path.is_file():
            return ""
        return (ast.get_docstring(ast.parse(self.race_path.read_text(encoding="utf-8"))) or "").partition("\n")[0]

    @cached_property
    def race_budget(self) -> float | None:
        """The CPU seconds of a training, where the race is about the loss after it: BUDGET of race.py."""
        text = self.race_path.read_text(encoding="utf-8") if self.race_task else ""
        match = re.search(r"^BUDGET = ([\d.]+)", text, re.MULTILINE)
        return float(match[1]) if match else None

    @cached_property
    def readme(self) -> str:
        """The task page, in Markdown."""
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @cached_property
    def stub(self) -> str:
        """The initial content of the learner's file."""
        return (self.folder / "stub.py").read_text(encoding="utf-8")

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash over the probes and the checks; a pass of a different version must be repeated.

        The hash leaves out grader/, because nearly every change there would needlessly void all passes.
        """
        digest = hashlib.sha256()
        for path in (self.probes_path, self.tests_path):
            content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
            # With the length, moving text from one file to the other changes the version.
            digest.update(f"{len(content)}\n".encode() + content)
        declared = (self.probes, self.checks, self.common, self.without)
        if any(value != type(value)() for value in declared):
            digest.update(repr(declared).encode())
        return digest.hexdigest()[:12]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def as_tuple(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    """Returns a tuple for a mistake's `replace` or `by`."""
    return (texts,) if isinstance(texts, str) else texts
