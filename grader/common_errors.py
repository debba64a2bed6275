"""Says what is wrong, and what to do, for errors of Python and PyTorch that have one cause wherever they occur."""

from __future__ import annotations

import re
from typing import NamedTuple


class CommonError(NamedTuple):
    """id: of the cause, the same for similar errors. error: the exception's kind and text, as in "ValueError: …".
    says: what the line does and should do; {1} stands for the first group of `error`. It begins with `verb`, which no
    other message contains."""

    id: str
    error: str
    verb: str
    says: str


COMMON_ERRORS = (
    CommonError(
        "in-place",
        r"RuntimeError: .*leaf Variable that requires grad (?:is being used|has been moved)",
        "changes a tensor that requires gradients in place",
        "; do so inside `with torch.no_grad():`, or compute a new tensor.",
    ),
    CommonError(
        "lengths",
        r"ValueError: expected sequence of length (\d+) at dim \d+ \(got (\d+)\)",
        "makes a tensor of lists of different lengths",
        ", {1} and {2}; they should have the same length.",
    ),
    CommonError(
        "lengths",
        r"RuntimeError: stack expects each tensor to be equal size, but got \[(.*?)\] at entry \d+ and \[(.*?)\]",
        "stacks tensors of different shapes",
        ", ({1}) and ({2}); they should have the same shape.",
    ),
    CommonError(
        "no-gradient",
        r"RuntimeError: .*element \d+ of tensors does not require grad",
        "computes gradients of a result that depends on nothing with requires_grad=True",
        ": all weights are frozen, or detach(), item() or no_grad() separates the result from them.",
    ),
    CommonError(
        "one-number",
        r"RuntimeError: grad can be implicitly created only for scalar outputs",
        "calls backward() on several numbers",
        "; it should call it on one number, such as their mean.",
    ),
    CommonError(
        "one-number",
        r"RuntimeError: a Tensor with (\d+) elements cannot be converted to Scalar",
        "converts a tensor to one number",
        ", but this tensor has {1}.",
    ),
    CommonError(
        "one-number",
        r"RuntimeError: Boolean value of Tensor with more than one value is ambiguous",
        "uses a tensor of several values as one condition",
        ", as `if` and `and` do; it should use torch.where or a mask, or reduce the tensor with any() or all().",
    ),
    CommonError(
        "parameter",
        r"TypeError: cannot assign '[\w.]*Tensor' as parameter '(\w+)'",
        "assigns a tensor to the Parameter",
        " `{1}`; it should assign an nn.Parameter, or change the Parameter's numbers in place.",
    ),
    CommonError(
        "dtype-or-device",
        r"RuntimeError: Attempted to call `variable.set_data\(tensor\)`",
        "assigns numbers of another dtype or device to .data",
        "; it should keep both, as torch.empty_like and the functions of nn.init do.",
    ),
    CommonError(
        "dimensions",
        r"ValueError: not enough values to unpack \(expected (\d+), got (\d+)\) from a shape",
        "expects a tensor of more dimensions",
        ", {1}, but this one has {2}; it should work for all shapes that the page names.",
    ),
    CommonError(
        "dimensions",
        r"IndexError: (?:tuple index out of range from a shape|Dimension out of range)",
        "uses a dimension that the tensor does not have",
        "; it should work for all shapes that the page names.",
    ),
    CommonError(
        "dimensions",
        r"RuntimeError: Tensors must have same number of dimensions: got (\d+) and (\d+)",
        "joins tensors with different numbers of dimensions",
        ", {1} and {2}; keepdim=True, unsqueeze or view gives the missing one.",
    ),
    CommonError(
        "dimensions",
        r"IndexError: (?:slice\(\) cannot be applied to|invalid index of) a 0-dim tensor|TypeError: iteration over a 0",
        "indexes or iterates over a tensor without dimensions",
        "; squeeze() also removes the last dimension if its size is 1, and flatten() does not.",
    ),
    CommonError(
        "view",
        r"RuntimeError: view size is not compatible with input tensor's size and stride",
        "calls view on a tensor whose numbers are in a different order in memory",
        ", as after a transpose; it should use reshape, or contiguous() before view.",
    ),
    CommonError(
        "sizes",
        r"RuntimeError: mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "multiplies matrices that do not fit",
        ", ({1}, {2}) and ({3}, {4}): the columns of the first should be as many as the rows of the second.",
    ),
    CommonError(
        "sizes",
        r"RuntimeError: The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) .* dimension (\d+)",
        "combines tensors whose sizes do not fit",
        ", {1} and {2} in dimension {3}; they should be equal, or one of them 1.",
    ),
    CommonError(
        "top-k",
        r"RuntimeError: selected index k out of range",
        "asks topk for more values than the tensor has",
        "; k should be at most the size of its last dimension, as with min(k, x.shape[-1]).",
    ),
    CommonError(
        "device",
        r"(?:AssertionError: Torch not compiled with CUDA|RuntimeError: .*(?:No CUDA GPUs|NVIDIA driver))",
        "uses the device cuda, which this machine does not have",
        "; it should use the device of its input, or of the model's weights.",
    ),
    CommonError(
        "ids",
        r"IndexError: index out of range in self",
        "looks up an id or a position that the embedding table does not have",
        "; each should be from 0 to the number of its rows minus 1.",
    ),
    CommonError(
        "own-error",
        r"AssertionError: .* from an assert$",
        "asserts what does not hold",
        " in a case that the page allows.",
    ),
    CommonError(
        "own-error",
        r"\w+: .* from a raise$",
        "raises this error itself",
        " in a case that the page allows.",
    ),
    CommonError(
        "parameters",
        r"ValueError: optimizer got an empty parameter list",
        "gives the optimizer no parameters",
        ": are all of them frozen, or is the iterator already used up?",
    ),
)
# all sizes of a tensor are unpacked, and one is taken
SHAPE, SIZE = re.compile(r"= *[\w.]+\.(?:shape|size\(\)) *$"), re.compile(r"\.(?:shape|size\(\))\[-?\d\]")
NONE = "which is None there"
NONE_ADVICE = "Is it what a function without `return` returns, or an argument or attribute that can be None?"


def explanation(kind: str, text: str, code: str) -> str:
    """Returns what the line of the error does wrong, as a sentence without its subject, "The line"; else "".

    kind, text: of the exception
    code: the line that raised it
    """
    if kind in ("AttributeError", "TypeError") and "NoneType" in text:
        return f"uses {_none(text, code)}, {NONE}. {NONE_ADVICE}"
    place = " from a shape" if (SIZE if kind == "IndexError" else SHAPE).search(code.split("#")[0]) else ""
    own = {"assert": " from an assert", "raise": " from a raise"}.get(code.split(" ")[0], place)
    for error in COMMON_ERRORS:
        if match := re.match(error.error, f"{kind}: {text}{own}", re.DOTALL):
            return error.verb + error.says.format(match[0], *match.groups())
    return ""


def _none(text: str, code: str) -> str:
    """Returns what is None in the line of code, in backticks, or "a value" where this is not clear."""
    if attribute := re.search(r"'NoneType' object has no attribute '(\w+)'", text):
        names = re.findall(rf"([A-Za-z_][\w.]*)\.{attribute[1]}\b", code)
    elif "'NoneType' object is not subscriptable" in text:
        names = re.findall(r"([A-Za-z_][\w.]*)\[", code)
    elif "'NoneType' object is not callable" in text:
        names = re.findall(r"([A-Za-z_][\w.]*)\(", code)
    else:
        names = []
    return f"`{names[0]}`" if len(set(names)) == 1 else "a value"
