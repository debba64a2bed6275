"""The first draft of an exercise's folder, made from a symbol of the reference: `fromscratch new` writes it.

What only an author can know stands in it as "BLANK: …", a sentence that says what to write there.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.proof.mechanical_edits import Edit
from grader.source import slicing

# values for arguments that fit each other: of the first probe, and of the second
SIZES = {"B": (2, 3), "T": (5, 2), "V": (11, 11), "d_out": (4, 4)}
SIZES |= dict.fromkeys(("D", "d", "C", "d_in", "emb_dim"), (6, 6))
NUMBERS = {"dropout": "0.0", "temperature": "0.7", "d_out": "4", "num_heads": "2", "vocab_size": "11", "emb_dim": "6",
           "d_in": "6", "context_length": "8", "context_size": "4"}  # fmt: skip
VALUES = {"int": ("3", "5"), "float": ("0.5", "0.25"), "bool": ("True", "False"),
          "str": ("'The cat sat. The dog ran!'", "'a'"), "list[int]": ("[3, 1, 4, 1]", "[2]"),
          "list[str]": ("['the', 'cat', 'the']", "['a']")}  # fmt: skip
# arguments that are recognized by their names: a language model over 11 tokens, and batches for it
LANGUAGE_MODEL = "fill(torch.nn.Sequential(torch.nn.Embedding(11, 6), torch.nn.Linear(6, 11)))"
BATCHES = "[(token_ids(2, 5, vocab_size=11), token_ids(2, 5, vocab_size=11)) for _ in range(2)]"
OBJECTS = {"model": LANGUAGE_MODEL, "device": "'cpu'", "loader": BATCHES, "data_loader": BATCHES, "batches": BATCHES}
CONFIG = """{'vocab_size': 11, 'context_length': 8, 'emb_dim': 6, 'n_heads': 2, 'n_layers': 2, 'drop_rate': 0.0,
'qkv_bias': False}""".replace("\n", " ")
IDS = re.compile(r"(^|_)(ids?|idx|targets?)$")
STAGES = 5


@dataclass
class Draft:
    """A draft of an exercise for a symbol of a reference module such as "reference.attention"."""

    id: str
    module: str
    symbol: str
    needs: Sequence[str] = ()
    parts: Sequence[str] = ()
    edits: Sequence[Edit] = ()
    with_common: bool = True
    without: Sequence[str] = ()
    failing: set[str] = field(default_factory=set)  # probes that fail with the reference
    node: ast.FunctionDef | ast.ClassDef = field(init=False)

    def __post_init__(self) -> None:
        self.node = definition(self.module, self.symbol)

    @property
    def title(self) -> str:
        words = self.id.replace("-", " ")
        return words[:1].upper() + words[1:]

    @property
    def is_module(self) -> bool:
        return isinstance(self.node, ast.ClassDef) and any("Module" in ast.unparse(b) for b in self.node.bases)

    def files(self) -> dict[str, str]:
        """Returns the content of each file by its name."""
        return {"exercise.toml": self._toml(), "README.md": self._page(), "stub.py": self.stub()}

    def stub(self) -> str:
        """Returns the signatures and docstrings of the reference, without types and bodies."""
        node = definition(self.module, self.symbol)
        functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
        for function in functions:
            arguments = function.args
            for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
                argument.annotation = None
            function.returns, function.decorator_list = None, []
            documented = ast.get_docstring(function) is not None
            function.body = [*function.body[:documented], ast.Raise(ast.Name("NotImplementedError"))]
        text = ast.unparse(node)
        imports = self._imports({n.id for n in ast.walk(node) if isinstance(n, ast.Name)})
        return "\n".join([*imports, "", "", text] if imports else [text]) + "\n"

    def _imports(self, names: set[str]) -> list[str]:
        """Returns the import statements of the reference that bind some of the names; parts come from `parts`."""
        lines = []
        for statement in slicing.statements_of(self.module):
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            bound = [alias for alias in statement.names if (alias.asname or alias.name).partition(".")[0] in names]
            if isinstance(statement, ast.ImportFrom) and bound:
                module = "parts" if str(statement.module).startswith("reference") else statement.module
                lines.append(ast.unparse(ast.ImportFrom(module, bound, 0)))
            elif bound:
                lines.append(ast.unparse(ast.Import(bound)))
        return lines

    def calls(self, variant: int) -> list[tuple[str, str]]:
        """Returns (probe, expression) for the symbol's calls; no expression where an argument cannot be guessed."""
        node = self.node
        if isinstance(node, ast.FunctionDef):
            return [("output", _call(self.symbol, self._arguments(node, variant)))]
        made = self._made(variant)
        methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
        if self.is_module:
            return [("output", _call(made, self._arguments(n, variant))) for n in methods if n.name == "forward"]
        if not methods:
            return [("output", "")]
        return [(n.name, _call(f"{made}.{n.name}" if made else "", self._arguments(n, variant))) for n in methods]

    def _made(self, variant: int) -> str:
        init = next((n for n in self.node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
        made = _call(self.symbol, self._arguments(init, variant) if init else [])
        return f"fill({made})" if made and self.is_module else made

    def _arguments(self, function: ast.FunctionDef, variant: int) -> list[str | None]:
        """Returns a value for each argument without a default; None where none can be guessed."""
        arguments = [argument for argument in function.args.args if argument.arg != "self"]
        required = arguments[: len(arguments) - len(function.args.defaults)]
        doc = f"{ast.get_docstring(function) or ''}\n{ast.get_docstring(self.node) or ''}"
        return [_value(argument, doc, variant) for argument in required]

    def _common(self) -> str:
        """Returns the keys of [common] that define the common probes, where all arguments are tensors."""
        inputs = []
        for variant in (0, 1):
            call = next((text for name, text in self.calls(variant) if name == "output"), "")
            arguments = ast.parse(call or "f()", mode="eval").body.args  # type: ignore[attr-defined]
            inputs.append(ast.unparse(arguments[0] if len(arguments) == 1 else ast.Tuple(arguments)))
            tensors = all(ast.unparse(argument).startswith(("tokens", "token_ids")) for argument in arguments)
            if not (call and arguments and tensors and self.with_common) or {"output", "other_output"} & self.failing:
                return ""
        make = self._made(0) if isinstance(self.node, ast.ClassDef) else self.symbol
        return f"make = {_text(make)}\ninputs = [{', '.join(map(_text, inputs))}]\n"

    def _toml(self) -> str:
        section = re.search(r"[Ss]ection (\d+(\.\d+)+)", ast.get_docstring(self.node) or "")
        chapter = section[1].partition(".")[0] if section else ""
        where = "" if section else "  # BLANK: Name the book's chapter and section, or write `paper` instead."
        lines = [
            f"id = {_text(self.id)}", f"title = {_text(self.title)}",
            f"summary = {_text(_first_sentence(self.node) or 'BLANK: Say in one sentence what it does.')}",
            f"symbols = [{_text(self.symbol)}]", f"reference = {_text(self.module)}",
            f"chapter = {_text(chapter)}{where}", f"section = {_text(section[1] if section else '')}",
            "figures = []  # BLANK: List the numbers of the book's figures, or leave it empty.",
            "importance = 2  # BLANK: Write 1 if it is optional, 3 if many later exercises build on it.",
            "minutes = 20  # BLANK: Estimate how long a learner takes.", 'level = "core"',
            f"needs = [{', '.join(map(_text, self.needs))}]", f"parts = [{', '.join(map(_text, self.parts))}]",
            "concepts = []  # BLANK: List the terms of exercises/glossary that the page explains.",
            "forbids = []  # BLANK: List calls that would solve the task in one line, or leave it empty.",
        ]  # fmt: skip
        if self.without:
            lines.append("# BLANK: Say why these checks do not apply, or make the reference pass them.")
            lines.append(f"without = [{', '.join(map(_text, self.without))}]")
        return "\n".join(lines) + "\n\n" + "\n".join([self._probes(), *self._hints(), *self._mistakes()])

    def _probes(self) -> str:
        probes = {name: "" if name in self.failing else text for name, text in self.calls(0)}
        others = {f"other_{name}": text for name, text in self.calls(1) if text != probes[name]}
        probes |= {name: text for name, text in others.items() if name not in self.failing and probes[name[6:]]}
        text = "[probes]\n"
        for name, expression in probes.items():
            blank = "" if expression else f"  # BLANK: Write a call of {self.symbol} with small arguments."
            text += f"{name} = {_text(expression or 'None')}{blank}\n"
        for name in probes:
            title = "The result is correct" if not name.startswith("other_") else "It works for other inputs"
            text += f"\n[[check]]\ntitle = {_text(title)}\npage = {_text(self._quote())}\nprobe = {_text(name)}\n"
            text += f"what = {_text('BLANK: Name the call and its result, as the page does.')}\n"
        return text + (f"\n[common]\n{common}" if (common := self._common()) else "")

    def _hints(self) -> Iterator[str]:
        yield (
            '[predict]\nquestion = "BLANK: Ask for a result that surprises, before any code is written."\n'
            'answer = "BLANK: Give the result and its reason."\n'
        )
        stages = _local_variables(self.node)[:STAGES]
        for stage in [*stages, *[""] * (3 - len(stages))]:
            about = f"the step `{stage}`" if stage else "the whole task"
            text = f"BLANK: Help with {about}, without the solution."
            yield f"[[hint]]\nstage = {_text(stage)}\ntext = {_text(text)}\n"

    def _mistakes(self) -> Iterator[str]:
        for edit in self.edits:
            says = "BLANK: Say what this does and what is right (Yours …; it should …), or write a likelier mistake."
            yield (
                f"[[mistake]]\nid = {_text(edit.id)}\nsays = {_text(says)}\nreplace = {_text(edit.replace)}\n"
                f"by = {_text(edit.by)}\n"
            )
        yield "# BLANK: Add the mistakes that people really make, five or more in all, then delete this line.\n"

    def _quote(self) -> str:
        return _first_sentence(self.node) or f"Write `{self.symbol}`."

    def _page(self) -> str:
        doc = (ast.get_docstring(self.node) or "").strip()
        functions = [self.node] if isinstance(self.node, ast.FunctionDef) else [
            n for n in self.node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]  # fmt: skip
        signatures = [f"{f.name}({', '.join(a.arg for a in f.args.args if a.arg != 'self')})" for f in functions]
        return (
            f"# {self.title}\n\nBLANK: Say in three sentences why a language model needs this.\n\n"
            f"## What to build\n\n{doc or self._quote()}\n\n```\n" + "\n".join(signatures) + "\n"
            "BLANK: Give the shape and the meaning of each argument and of the result.\n```\n\n"
            "## A worked example\n\nBLANK: Compute a small example by hand.\n\n"
            "## Watch out\n\n- BLANK: Name what people get wrong, and every rule that is checked.\n\n"
            "## Where it is used\n\nBLANK: Say where the course or a model uses it.\n"
        )


def definition(module: str, symbol: str) -> ast.FunctionDef | ast.ClassDef:
    """Returns a fresh tree of a function or class. Raises LookupError."""
    for node in ast.parse(slicing.source_of(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == symbol:
            return node
    raise LookupError(f"{module} defines no function or class {symbol}.")


def _local_variables(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    methods: list[ast.AST] = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name != "__init__"]
    assignments = [n for top in methods or [node] for n in ast.walk(top) if isinstance(n, ast.Assign)]
    names = [target.id for n in assignments for target in n.targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(name for name in names if not name.startswith("_")))


def _value(argument: ast.arg, doc: str, variant: int) -> str | None:
    kind = ast.unparse(argument.annotation).strip("'\"") if argument.annotation else ""
    if kind.endswith("Tensor"):
        shape = re.search(rf"\b{argument.arg}: \(([^)]*)\)", doc) or re.search(r"\(([^)]*)\) ->", doc)
        names = [part.strip() for part in shape[1].split(",") if part.strip()] if shape else ["B", "T", "D"]
        sizes = [int(name) if name.isdecimal() else SIZES.get(name, (2, 3))[variant] for name in names]
        described = re.search(rf"\b{argument.arg}: .*", doc)
        has_integers = described is not None and re.search(r"\bint64\b|\bids\b", described[0])
        ids = ", vocab_size=11" if has_integers or IDS.search(argument.arg) else ""
        return f"{'token_ids' if ids else 'tokens'}({', '.join(map(str, sizes))}{ids})"
    if argument.arg == "cfg":
        return CONFIG
    if argument.arg in OBJECTS:
        return OBJECTS[argument.arg]
    if kind in ("int", "float") and argument.arg in NUMBERS:
        return NUMBERS[argument.arg]
    kind = re.sub(r"^(Sequence|Iterable|Collection)\[", "list[", kind)
    return VALUES[kind][variant] if kind in VALUES else None


def _call(function: str, arguments: Sequence[str | None]) -> str:
    """Returns a call, or "" where an argument is not known."""
    known = [argument for argument in arguments if argument is not None]
    return f"{function}({', '.join(known)})" if function and len(known) == len(arguments) else ""


def _first_sentence(node: ast.FunctionDef | ast.ClassDef) -> str:
    text = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
    return re.match(r".*?[.](?=\s|$)|.*", text)[0]  # type: ignore[index]


def _text(text: str) -> str:
    """Returns a text as TOML writes it; JSON's quotes are valid there."""
    return json.dumps(text, ensure_ascii=False)
