"""A stub imports what its solution needs, so that no check fails for want of an import."""

from __future__ import annotations

import ast

from exercises.course import Course
from grader.source import reference_source


def _modules(source: str) -> set[str]:
    """Returns the top-level names of the modules that a source imports."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports]
    return {name.partition(".")[0] for name in names}


def test_stubs_import_torch_where_the_solution_does(course: Course) -> None:
    for exercise in course.exercises:
        if "torch" in _modules(reference_source.as_solution(exercise)):
            assert "torch" in _modules(exercise.stub), exercise.id
