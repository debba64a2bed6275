"""Finds code that reaches into the process that grades it: through frames, the garbage collector, raw memory, or
Python's tables of modules.

No exercise needs any of this, so the whole file is checked. It is the only protection against ctypes, which raises no
audit events, and it names the line; code that hides such calls meets `grader/child/audit_hook.py`.
"""

from __future__ import annotations

import ast
import re

from grader.source.forbidden_calls import parsed
from grader.source.recursion import deep_recursion
from grader.source.scopes import Scopes

MODULES = {"exercises", "grader", "engine", "ctypes", "_ctypes", "_testcapi", "_testinternalcapi"}
CALLS = {
    "exec", "eval", "compile", "builtins.exec", "builtins.eval", "builtins.compile", "sys._getframe",
    "sys._current_frames", "sys.settrace", "sys.setprofile", "sys.addaudithook", "threading.settrace",
    "threading.setprofile", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "inspect.currentframe",
    "inspect.stack", "inspect.trace", "inspect.getouterframes", "inspect.getinnerframes", "types.CodeType",
    "types.FunctionType", "code.InteractiveInterpreter", "runpy.run_path", "runpy.run_module",
}  # fmt: skip
ATTRIBUTES = {
    "f_back", "f_globals", "f_locals", "f_builtins", "tb_frame", "gi_frame", "cr_frame", "ag_frame", "__globals__",
    "__code__", "__closure__", "__subclasses__", "__builtins__",
}  # fmt: skip


WORDS = {part for name in MODULES | CALLS | ATTRIBUTES for part in name.split(".")} - {"eval", "compile", "exec"}
# the words without one of which no code has a hit; "eval" is one where it is no method, such as model.eval, and the
# last ones take a name from a text, which can be written in parts
SUSPICIOUS = re.compile(
    r"(?<!\.)\b(?:eval|compile|exec)\b|\b(?:"
    + "|".join(sorted(WORDS | {"__builtins__", "modules", "getattr", "__import__", "importlib", "import_module"}))
    + r")\b"
)


def first_hit(source: str) -> tuple[str, int] | None:
    """Returns (what is used, its line), or None."""
    if source.isascii() and not SUSPICIOUS.search(source):  # other letters can stand for those of a name
        return None
    result = parsed(source)
    if result is None:
        return None
    tree, scopes = result
    with deep_recursion():
        hits = [(name, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)
                if (name := _access(node, scopes))]  # fmt: skip
    return min(hits, key=lambda hit: hit[1], default=None)


def _access(node: ast.expr | ast.stmt, scopes: Scopes) -> str | None:
    """Returns the name by which a node reaches into the process, or None."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        return next((name for name in modules if name.split(".")[0] in MODULES), None)
    if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        return node.attr
    if isinstance(node, ast.Name) and node.id == "__builtins__":
        return node.id
    if isinstance(node, ast.Subscript) and "sys.modules" in scopes.dotted(node.value):
        return "sys.modules"
    if isinstance(node, ast.Call):
        names = scopes.dotted(node.func)
        if any(name.startswith("sys.modules.") for name in names):
            return "sys.modules"
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if "getattr" in names and (attribute := next((text for text in texts if text in ATTRIBUTES), None)):
            return str(attribute)
    if isinstance(node, ast.Name | ast.Attribute | ast.Call) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        names = scopes.dotted(node)
        return next((name for name in sorted(names) if name in CALLS or name.split(".")[0] in MODULES), None)
    return None
