"""Lists of what people write by mistake for an operator, a function, a number or a text."""

from __future__ import annotations

import ast
import itertools

COMMUTATIVE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv,), ast.MatMult: (ast.Mult,), ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
# functions and methods that are taken for each other
RELATED = """
max min, mean sum, mean median, argmax argmin, ones zeros, ones_like zeros_like, tril triu, floor ceil, std var,
sqrt rsqrt, sin cos, log exp, log log2, log log10, log log1p, any all, eval train, softmax log_softmax, softmax sigmoid,
logsigmoid sigmoid, logsigmoid log_softmax, sum prod, cumsum cumprod, append extend, round floor, amax amin, rand randn,
relu gelu, silu gelu, silu sigmoid, tanh sigmoid, multinomial argmax, keys values, lower upper, strip rstrip,
append insert, clip_grad_norm_ clip_grad_value_, AdamW Adam, AdamW SGD, norm sum, view reshape, argsort sort,
repeat_interleave repeat, sort topk, abs square, zeros_ ones_, minimum maximum
"""
OTHERS: dict[str, list[str]] = {}
for _pair in RELATED.split(","):
    _first, _second = _pair.split()
    OTHERS.setdefault(_first, []).append(_second)
    OTHERS.setdefault(_second, []).append(_first)
MIN_DIGITS = 3  # of a number that people type from a formula
CONSTANTS = {"bool": (True, False), "float": (0.0, 1.0), "int": (0, 1)}  # by the kind of the argument


# what people take for a value `x`, by its kind
WRAPPED = {
    "Tensor": """
torch.softmax(x, dim=-1); torch.log_softmax(x, dim=-1); x.exp(); x.log(); x.sqrt(); x ** 2; -x; 1 - x; x.abs(); x * 2;
x / 2; x[1:]; x[:-1]; x[:1]; x[:, 1:]; x[:, :-1]; x[:, -1:]; x[:, -1]; x[:, :1]; x[:, 0]; x.roll(-1, -1); x.roll(1, -1);
x.flip(-1); x.flip(0); x.transpose(0, 1); x.transpose(-2, -1); x.mean(); x.sum(); x.mean(-1); x.mean(0); x.mean(1);
x.round(decimals=2); x.sigmoid(); x.tanh(); x.relu(); x.clamp(min=0); torch.nan_to_num(x); x.flatten(); x - x.mean();
x + 1; x - 1; x.unsqueeze(0); x.squeeze(); ~x; x.sort().values; x.unique(); x / x.sum(-1, keepdim=True)
""",
    "float": "round(x, 2); round(x, 4); -x; 1 - x; x * 2; x / 2; x ** 2; x ** 0.5; math.exp(x); math.log(x); int(x)",
    "int": "x * 2; x // 2; -x; x ** 0.5; x ** 2",
    "list": "x[1:]; x[:-1]; x[::-1]; sorted(x); list(dict.fromkeys(x)); x[:1]; x[-1:]; x * 2",
    "str": "x.lower(); x.strip(); x.rstrip(); x.lstrip(); x[1:]; x[:-1]; x.split(); x.upper(); x.title()",
}


def wrapped(kind: str, value: ast.expr) -> list[ast.expr]:
    """Returns what people take for a value of a kind by mistake."""
    forms = (ast.parse(text.strip(), mode="eval").body for text in WRAPPED.get(kind, "").split(";") if text.strip())
    return [_Substitution(value).visit(form) for form in forms]


class _Substitution(ast.NodeTransformer):
    def __init__(self, value: ast.expr) -> None:
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == "x" else node


def numbers(number: float) -> list[float]:
    """Returns what people write for a number. A whole number is mostly an axis, an offset or a count."""
    if isinstance(number, int):
        axes = [0, 1, 2] if number < 0 else []
        near = [*axes, number + 1, number - 1, -number, 0, 1, 2, -1, -2]
        far = [number * 2, number // 2] if abs(number) > 2 else []
        return list(dict.fromkeys(other for other in near + far if other != number))
    others = [0.0, 1.0, number * 10, number / 10, 1.0 - number, -number, number * 2, number / 2, *_mistyped(number)]
    return list(dict.fromkeys(other for other in others if other != number))


def _mistyped(number: float) -> list[float]:
    """Returns a number of three digits or more with two of them exchanged, one left out, or the last ones rounded."""
    text = repr(number)
    places = [index for index, char in enumerate(text) if char.isdigit()]
    first = next((index for index in places if text[index] != "0"), len(text))
    places = [index for index in places if index >= first]
    if len(places) < MIN_DIGITS or "e" in text:
        return []
    swapped = [text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :] for i, j in itertools.pairwise(places)]
    shortened = [text[:i] + text[i + 1 :] for i in places]
    rounded = [f"{number:.{digits}g}" for digits in range(1, len(places))]
    return [float(other) for other in swapped + shortened + rounded]


def texts(text: str) -> list[str]:
    """Returns what people write for a text: other white space, another case."""
    others = [text.strip(), text.rstrip(), text.lstrip(), text.replace("\n\n", "\n"), text.lower(), text + " ",
              text.replace("\n", "\n\n"), text.replace(" ", ""), " " + text, text + "\n", "\n" + text, ""]  # fmt: skip
    return list(dict.fromkeys(other for other in others if other != text))
