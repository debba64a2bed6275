"""Mutations of correct solutions: one or two small edits, hostile code, or noise."""

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
NOISE_TOKENS = (
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
BINARY_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow, ast.Mod, ast.FloorDiv)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)


def mutant(source: str, rng: random.Random) -> tuple[str, bytes]:
    """Returns the kind of mutation and the mutated source."""
    kind = rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    changed = KINDS[kind][1](source, rng)
    if rng.random() < 0.25 and kind in ("token", "line", "tree"):
        changed = KINDS[kind][1](changed, rng)
    return kind, changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass")


def mutate_token(source: str, rng: random.Random) -> str:
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.string.strip()]
    except (tokenize.TokenError, SyntaxError):
        return source
    lines = source.splitlines(keepends=True)
    token, other = rng.choice(tokens), rng.choice(tokens)
    if token.start[0] != token.end[0]:
        return source
    new = rng.choice(["", other.string, f"{token.string} {token.string}", f"not {token.string}", f"-{token.string}",
                         f"{token.string}.T", f"({token.string} + 1)", token.string.upper()])  # fmt: skip
    row = token.start[0] - 1
    lines[row] = lines[row][: token.start[1]] + new + lines[row][token.end[1] :]
    return "".join(lines)


def mutate_line(source: str, rng: random.Random) -> str:
    lines = source.splitlines(keepends=True)
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    edit = rng.randrange(5)
    if edit == 0:
        del lines[first]
    elif edit == 1:
        lines.insert(first, lines[first])
    elif edit == 2:
        lines[first], lines[second] = lines[second], lines[first]
    elif edit == 3:
        lines[first] = "    " + lines[first]
    else:
        lines[first] = lines[first].removeprefix("    ")
    return "".join(lines)


def mutate_tree(source: str, rng: random.Random) -> str:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return source
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.expr | ast.FunctionDef | ast.If | ast.For | ast.arguments)]
    for _ in range(20):
        if _mutate_node(rng.choice(nodes), rng, nodes):
            break
    try:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    except (ValueError, AttributeError, TypeError, RecursionError):
        return source


def _mutate_node(node: ast.AST, rng: random.Random, nodes: list[ast.AST]) -> bool:
    if isinstance(node, ast.BinOp):
        if rng.random() < 0.3:
            node.left, node.right = node.right, node.left
        else:
            node.op = rng.choice(BINARY_OPERATORS)()
    elif isinstance(node, ast.Compare):
        node.ops[0] = rng.choice(COMPARISONS)()
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        node.value = rng.choice([0, 1, -1, 2, node.value + 1, node.value - 1, node.value * 2, 0.5])
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        node.value = rng.choice(["", node.value[1:], node.value + " ", node.value.upper()])
    elif isinstance(node, ast.Call) and (node.args or node.keywords):
        edit = rng.randrange(3)
        if edit == 0 and node.keywords:
            del node.keywords[rng.randrange(len(node.keywords))]
        elif edit == 1 and len(node.args) > 1:
            rng.shuffle(node.args)
        elif node.args:
            del node.args[rng.randrange(len(node.args))]
    elif isinstance(node, ast.Name | ast.Attribute):
        same = [n for n in nodes if type(n) is type(node)]
        field = "id" if isinstance(node, ast.Name) else "attr"
        setattr(node, field, getattr(rng.choice(same), field))
    elif isinstance(node, ast.FunctionDef | ast.For | ast.If):
        if len(node.body) < 2:
            return False
        if rng.random() < 0.5:
            del node.body[rng.randrange(len(node.body))]
        else:
            first, second = rng.randrange(len(node.body)), rng.randrange(len(node.body))
            node.body[first], node.body[second] = node.body[second], copy.deepcopy(node.body[first])
    else:
        return False
    return True


def mutate_bytes(source: str, rng: random.Random) -> bytes:
    data = bytearray(source.encode())
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def insert_hostile_code(source: str, rng: random.Random) -> str:
    """Inserts hostile code before, after or inside the solution, or replaces it."""
    code = rng.choice(HOSTILE)
    position = rng.randrange(4)
    if position == 0:
        return code + "\n" + source
    if position == 1:
        return source + "\n" + code + "\n"
    if position == 2:
        return code + "\n"
    lines = source.splitlines(keepends=True)
    bodies = [n for n, line in enumerate(lines) if line.strip().startswith(("return", "self.")) and line[:4] == "    "]
    if not bodies:
        return source + "\n" + code + "\n"
    at = rng.choice(bodies)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "".join([*lines[:at], *(f"{indent}{line}\n" for line in code.splitlines()), *lines[at:]])


def noise(source: str, rng: random.Random) -> str:
    return "".join(rng.choice(NOISE_TOKENS) + rng.choice(("", " ")) for _ in range(rng.randint(1, 80)))


KINDS: dict[str, tuple[int, Callable[[str, random.Random], str | bytes]]] = {
    "token": (30, mutate_token), "line": (15, mutate_line), "tree": (40, mutate_tree), "bytes": (5, mutate_bytes),
    "harm": (6, insert_hostile_code), "noise": (4, noise),
}  # fmt: skip
