"""Code that reaches into the process that grades it is found, with its line; other code is not."""

from __future__ import annotations

import pytest

from exercises.course import Course
from grader.source.static_guard import first_hit
from tests.support.solutions import correct


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import exercises.kit.probing", "exercises.kit.probing"),
        ("from grader import probing as p", "grader"),
        ("import engine.frames", "engine.frames"),
        ("import ctypes", "ctypes"),
        ("import sys; f = sys._getframe(1)", "sys._getframe"),
        ("from sys import _getframe as g; g()", "sys._getframe"),
        ("import sys; sys.modules['x'].y = 1", "sys.modules"),
        ("import sys; sys.modules.get('x').y = 1", "sys.modules"),
        ("import sys; sys.settrace(print)", "sys.settrace"),
        ("import gc; gc.get_objects()", "gc.get_objects"),
        ("import inspect; inspect.stack()", "inspect.stack"),
        ("exec('x = 1')", "exec"),
        ("f = eval; f('1')", "eval"),
        ("def f(e): return e.__traceback__.tb_frame", "tb_frame"),
        ("def f(e): return getattr(e, 'f_back')", "f_back"),
        ("def f(): pass\nf.__code__ = None", "__code__"),
        ("object.__subclasses__()", "__subclasses__"),
        ("__import__('grader')", "grader"),
        ("import importlib; importlib.import_module('exercises.kit.probing')", "exercises.kit.probing"),
        ("getattr(__builtins__, 'exec')", "__builtins__"),
        ("__import__('gr' 'ader')", "grader"),
        ("def f(e): return getattr(e, '\\x66_back')", "f_back"),
        ("import ｃｔｙｐｅｓ", "ctypes"),
        ("f = \\\n    eval; f('1')", "eval"),
    ],
)
def test_access_is_found_with_its_line(line: str, name: str) -> None:
    assert first_hit(f"import torch\n{line}\n") == (name, 1 + len(line.splitlines()))


@pytest.mark.parametrize(
    "code",
    [
        "import gc\ngc.collect()",
        "import sys\nprint('google.colab' in sys.modules, sys.version)",
        "import re, torch\npattern = re.compile('x')\ndef f(model):\n    model.eval()\n    return torch.compile(model)",
        "import inspect\ninspect.signature(print)",
        "def compile(x): return x\ncompile(1)",
        "# import grader\ns = 'sys._getframe()'",
        "import importlib.metadata\nimportlib.metadata.version('torch')",
        "from parts import MultiHeadAttention",
        "if __name__ == '__main__':\n    pass",
    ],
)
def test_other_code_is_not_found(code: str) -> None:
    assert first_hit(code) is None


def test_nothing_is_found_in_the_solutions_of_the_course(course: Course) -> None:
    for exercise in course.exercises:
        styles = [path.read_text("utf-8") for path in sorted((exercise.folder / "other_styles").glob("*.py"))]
        for source in [
            correct(exercise),
            (exercise.folder / "stub.py").read_text("utf-8"),
            *styles,
        ]:
            assert first_hit(source) is None, exercise.id
