"""The import rules of exercises' own files, as a contract of import-linter.

The folders of exercises are no packages, so import-linter's graph does not see the probes and tests in them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ExerciseFilesContract(Contract):
    """Probes and tests of exercises import `allowed` of this project's modules and nothing else of it."""

    folder = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        own = {name.partition(".")[0] for name in graph.modules if not graph.is_module_squashed(name)}
        broken = [
            f"{path}:{line} imports {module}"
            for path in sorted(Path(str(self.folder)).glob("*/*/**/*.py"))
            for line, module in imports(path.read_text(encoding="utf-8"))
            if module.partition(".")[0] in own and not module.startswith(tuple(self.allowed))  # type: ignore[arg-type]
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        broken: list[Any] = check.metadata["broken"]
        for line in broken:
            output.print_error(line)


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Each import of a source as (line, module)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
