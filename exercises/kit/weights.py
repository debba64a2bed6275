"""Sets and reads a module's weights by the book's names.

A probe runs on the learner's module and on the reference's, and both need equal weights. So a parameter's values
depend on its path in the book's names and on its shape, not on the order in which a solution creates its layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from exercises.kit.names import require
from exercises.kit.probes import ProbeProblem
from exercises.kit.tensors import normal

# the attribute names of the book, in the order in which parameters are visited
NAMES = ("W_query", "W_key", "W_value", "qkv", "out_proj", "heads", "tok_emb", "pos_emb",
         "trf_blocks", "att", "ff", "layers", "proj", "fc1", "fc2", "fc3", "norm1", "norm2", "final_norm",
         "out_head", "scale", "shift", "linear", "lora", "A", "B", "weight", "bias")  # fmt: skip
NAME_SET = frozenset(NAMES)

# nn.LayerNorm calls scale and shift weight and bias; a block may use it instead of the book's LayerNorm
NORM = re.compile(r"(norm[12]?)\.(weight|bias)$")


def fill(module: nn.Module, *required: str, dtype: torch.dtype | None = None) -> Any:
    """Sets every parameter from its path and shape, and returns the module. `required` are attributes that must
    exist (paths such as "ff.layers[0]"); raises MissingName where one does not."""
    name = type(module).__name__
    if not isinstance(module, nn.Module):
        raise ProbeProblem(f"Your `{name}` is not a torch.nn.Module, so it has no parameters that can be trained.")
    require(module, *required)
    if dtype is not None:
        module.to(dtype)
    with torch.no_grad():
        for path, parameter in parameters_by_path(module):
            parameter.copy_(values_for(path, parameter))
    return module


def values_for(path: str, parameter: torch.Tensor) -> torch.Tensor:
    """Returns the values for a parameter with this path and shape."""
    return _values((*parameter.shape,), path, parameter.dtype).clone()


@lru_cache(maxsize=512)
def _values(shape: tuple[int, ...], path: str, dtype: torch.dtype) -> torch.Tensor:
    values = normal(shape, path) * 0.5
    if path.endswith("scale") or (len(shape) == 1 and path.endswith("weight")):
        values = values * 0.5 + 1.0
    return values.to(dtype)


def parameters_by_path(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yields each parameter once with its path in the book's names, then those under other names."""
    seen: set[int] = set()
    for path, parameter in named_by_the_book(module):
        if id(parameter) not in seen:
            seen.add(id(parameter))
            yield NORM.sub(lambda m: f"{m[1]}.{'scale' if m[2] == 'weight' else 'shift'}", path), parameter
    for path, parameter in module.named_parameters():
        if id(parameter) not in seen and parameter.requires_grad:  # one without gradients may be a mask
            seen.add(id(parameter))
            yield path, parameter


def named_by_the_book(module: Any, path: str = "") -> Iterator[tuple[str, nn.Parameter]]:
    """Yields (path, parameter) for parameters under the book's names, registered or not."""
    if isinstance(module, nn.Parameter):
        yield path, module
        return
    if isinstance(module, nn.ModuleList | nn.Sequential | list | tuple):
        for index, item in enumerate(module):
            yield from named_by_the_book(item, f"{path}[{index}]")
        return
    if isinstance(module, nn.Module):
        kind: type = type(module)
        # a failing getattr on a module is slow, so only the names that exist are read
        existing = {*vars(module), *module._parameters, *module._modules, *_class_names(kind)} & NAME_SET
        for name in sorted(existing, key=NAMES.index):
            part = getattr(module, name, None)
            if isinstance(part, nn.Parameter | nn.Module | list | tuple):
                yield from named_by_the_book(part, f"{path}.{name}" if path else name)


@lru_cache(maxsize=256)
def _class_names(kind: type) -> frozenset[str]:
    """The book's names that a class defines itself, as properties for example."""
    return frozenset(name for name in NAMES if hasattr(kind, name))


def gradients(module: nn.Module, loss: torch.Tensor) -> dict[str, torch.Tensor | None]:
    """Returns the gradient of a loss for each parameter by its path; None where no gradient arrives."""
    module.zero_grad(set_to_none=True)
    if loss.requires_grad:
        loss.backward()
    return {path: parameter.grad for path, parameter in parameters_by_path(module)}


def registration(module: nn.Module) -> dict[str, Any]:
    """Returns which parameters a module lists, as [number, size, requires_grad], and the numbers of those under the
    book's names. A number stands for one tensor; equal numbers mean the same tensor."""
    numbers: dict[int, int] = {}

    def number(parameter: nn.Parameter) -> int:
        return numbers.setdefault(id(parameter), len(numbers))

    return {
        "listed": [[number(one), one.numel(), one.requires_grad] for one in module.parameters()],
        "named": {path: number(parameter) for path, parameter in named_by_the_book(module)},
    }


def registration_summary(data: dict[str, Any]) -> dict[str, Any]:
    """Returns the paths of parameters that the module does not list, and how many numbers an optimizer trains."""
    listed = {number for number, _, _ in data["listed"]}
    return {
        "unregistered": [path for path, number in data["named"].items() if number not in listed],
        "trainable": sum(size for _, size, requires_grad in data["listed"] if requires_grad),
    }


def unusual_weights(module: nn.Module) -> dict[str, list[str]]:
    """Returns the paths of the listed parameters that have no name of the book, and of those that are frozen."""
    named = {id(parameter) for _, parameter in named_by_the_book(module)}
    listed = list(module.named_parameters())
    return {
        "others": [path for path, parameter in listed if parameter.requires_grad and id(parameter) not in named],
        "frozen": [path for path, parameter in listed if not parameter.requires_grad],
    }
