"""Changes a right solution in one or two places, as slips of the pen do, or writes something else altogether."""

from __future__ import annotations

import ast
import copy
import io
import random
import tokenize
from collections.abc import Callable

HOSTILE = (
    "while True: pass", "import os; os._exit(0)", "import sys; sys.exit(0)", "raise SystemExit", "1/0",
    "x = bytearray(60 * 2**30)", "print('x' * 2**22)", "def f(): return f()\nf()", "import os; os.abort()",
    "import faulthandler; faulthandler._sigsegv()", "import torch; torch.allclose = lambda *a, **k: True",
    "import builtins; builtins.len = lambda x: 0", "import os\nwhile True:\n    os.fork()",
    "import threading\nfor n in range(10**4): threading.Thread(target=lambda: __import__('time').sleep(99)).start()",
    "import os\nfor fd in range(3, 99):\n    try: os.write(fd, b'\\xff' * 99)\n    except OSError: pass",
    "import os\nfor fd in range(3, 99):\n    try: os.close(fd)\n    except OSError: pass",
    "open('big', 'wb').write(b'x' * 2**27)", "import os\nfor n in range(10**5): open(str(n), 'w')",
    "import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", "import time; time.sleep(99)",
    "import signal; signal.alarm(1)", "import atexit; atexit.register(print, 'x')",
    "class A:\n    def __del__(self): 1/0\nA()",
    "import sys; sys.settrace(lambda *a: 1/0)", "import torch; torch.manual_seed(1)", "import gc; gc.disable()",
    "import torch; torch.set_default_dtype(torch.float64)", "import torch; torch.set_grad_enabled(False)",
    "import os; os.kill(os.getppid(), 9)", "import socket; socket.socket()", "import ctypes; ctypes.memset(0, 1, 1)",
    "globals().clear()", "del __name__", "import torch; del torch", "__import__('sys').modules.clear()",
)  # fmt: skip
WORDS = (
    "def",
    "class",
    "return",
    "(",
    ")",
    ":",
    "\n",
    "    ",
    "torch",
    ".",
    "x",
    "=",
    "1",
    "@",
    "lambda",
    "'",
    '"',
    "#",
    "\0",
    "é",
)
BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow, ast.Mod, ast.FloorDiv)
COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)


def mutant(source: str, chance: random.Random) -> tuple[str, bytes]:
    """(the kind of change, the changed source)."""
    kind = chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    changed = KINDS[kind][1](source, chance)
    if chance.random() < 0.25 and kind in ("token", "line", "tree"):
        changed = KINDS[kind][1](changed, chance)
    return kind, changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass")


def of_tokens(source: str, chance: random.Random) -> str:
    try:
        found = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.string.strip()]
    except (tokenize.TokenError, SyntaxError):
        return source
    lines = source.splitlines(keepends=True)
    token, other = chance.choice(found), chance.choice(found)
    if token.start[0] != token.end[0]:
        return source
    new = chance.choice(["", other.string, f"{token.string} {token.string}", f"not {token.string}", f"-{token.string}",
                         f"{token.string}.T", f"({token.string} + 1)", token.string.upper()])  # fmt: skip
    row = token.start[0] - 1
    lines[row] = lines[row][: token.start[1]] + new + lines[row][token.end[1] :]
    return "".join(lines)


def of_lines(source: str, chance: random.Random) -> str:
    lines = source.splitlines(keepends=True)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    what = chance.randrange(5)
    if what == 0:
        del lines[one]
    elif what == 1:
        lines.insert(one, lines[one])
    elif what == 2:
        lines[one], lines[other] = lines[other], lines[one]
    elif what == 3:
        lines[one] = "    " + lines[one]
    else:
        lines[one] = lines[one].removeprefix("    ")
    return "".join(lines)


def of_tree(source: str, chance: random.Random) -> str:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return source
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.expr | ast.FunctionDef | ast.If | ast.For | ast.arguments)]
    for _ in range(20):
        if _change(chance.choice(nodes), chance, nodes):
            break
    try:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    except (ValueError, AttributeError, TypeError, RecursionError):
        return source


def _change(node: ast.AST, chance: random.Random, nodes: list[ast.AST]) -> bool:
    if isinstance(node, ast.BinOp):
        if chance.random() < 0.3:
            node.left, node.right = node.right, node.left
        else:
            node.op = chance.choice(BINARY)()
    elif isinstance(node, ast.Compare):
        node.ops[0] = chance.choice(COMPARED)()
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        node.value = chance.choice([0, 1, -1, 2, node.value + 1, node.value - 1, node.value * 2, 0.5])
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        node.value = chance.choice(["", node.value[1:], node.value + " ", node.value.upper()])
    elif isinstance(node, ast.Call) and (node.args or node.keywords):
        what = chance.randrange(3)
        if what == 0 and node.keywords:
            del node.keywords[chance.randrange(len(node.keywords))]
        elif what == 1 and len(node.args) > 1:
            chance.shuffle(node.args)
        elif node.args:
            del node.args[chance.randrange(len(node.args))]
    elif isinstance(node, ast.Name | ast.Attribute):
        same = [n for n in nodes if type(n) is type(node)]
        field = "id" if isinstance(node, ast.Name) else "attr"
        setattr(node, field, getattr(chance.choice(same), field))
    elif isinstance(node, ast.FunctionDef | ast.For | ast.If):
        if len(node.body) < 2:
            return False
        if chance.random() < 0.5:
            del node.body[chance.randrange(len(node.body))]
        else:
            one, other = chance.randrange(len(node.body)), chance.randrange(len(node.body))
            node.body[one], node.body[other] = node.body[other], copy.deepcopy(node.body[one])
    else:
        return False
    return True


def of_bytes(source: str, chance: random.Random) -> bytes:
    data = bytearray(source.encode())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def with_harm(source: str, chance: random.Random) -> str:
    """Harm before, after or within the right solution; or alone."""
    harm = chance.choice(HOSTILE)
    where = chance.randrange(4)
    if where == 0:
        return harm + "\n" + source
    if where == 1:
        return source + "\n" + harm + "\n"
    if where == 2:
        return harm + "\n"
    lines = source.splitlines(keepends=True)
    bodies = [n for n, line in enumerate(lines) if line.strip().startswith(("return", "self.")) and line[:4] == "    "]
    if not bodies:
        return source + "\n" + harm + "\n"
    at = chance.choice(bodies)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "".join([*lines[:at], *(f"{indent}{line}\n" for line in harm.splitlines()), *lines[at:]])


def of_noise(source: str, chance: random.Random) -> str:
    return "".join(chance.choice(WORDS) + chance.choice(("", " ")) for _ in range(chance.randint(1, 80)))


KINDS: dict[str, tuple[int, Callable[[str, random.Random], str | bytes]]] = {
    "token": (30, of_tokens), "line": (15, of_lines), "tree": (40, of_tree), "bytes": (5, of_bytes),
    "harm": (6, with_harm), "noise": (4, of_noise),
}  # fmt: skip
