"""What probes are made with: repeatable weights and inputs that depend on no style of code.

A probe runs in two processes, on the learner's module and on the reference's, and both must be asked the
same question. So weights are set from the place a parameter has in the book's naming and from its shape,
never from the order in which a solution makes its layers.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

# the book's own names, the only ones that weights are copied by (CURRICULUM: public symbols)
AGREED = ("W_query", "W_key", "W_value", "qkv", "out_proj", "proj", "heads", "tok_emb", "pos_emb",
          "trf_blocks", "att", "ff", "layers", "fc1", "fc2", "fc3", "norm1", "norm2", "final_norm",
          "out_head", "scale", "shift", "linear", "lora", "A", "B", "weight", "bias")  # fmt: skip

PLACES = frozenset(AGREED)

# torch's own nn.LayerNorm calls scale and shift otherwise; inside a block it is as right as the book's
NORM = re.compile(r"(norm[12]?)\.(weight|bias)$")

# other weights and inputs than usual: what passes with all of them is right, not lucky (tests/fuzz)
SALT = os.environ.get("FROMSCRATCH_SALT", "")


class ProbeProblem(Exception):
    """The solution lacks something that every check needs; the text is a sentence for the learner."""


@dataclass(frozen=True)
class Int:
    """An annotation: a probe's whole-number argument with its least and greatest value, `Int[1, 16]`."""

    bounds: tuple[int, int]

    def __class_getitem__(cls, bounds: tuple[int, int]) -> Int:
        return cls(bounds)


@dataclass(frozen=True)
class Text:
    """An annotation: a probe's text with its least and greatest length, `Text[0, 200]`."""

    bounds: tuple[int, int]

    def __class_getitem__(cls, bounds: tuple[int, int]) -> Text:
        return cls(bounds)


@dataclass(frozen=True)
class Ints:
    """An annotation: a probe's list of whole numbers: least and greatest length, least and greatest number,
    `Ints[0, 12, 0, 30]`. Its default is a tuple."""

    bounds: tuple[int, int, int, int]

    def __class_getitem__(cls, bounds: tuple[int, int, int, int]) -> Ints:
        return cls(bounds)


def numbers(*shape: int, seed: str | int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Standard normal numbers, the same in every process, that never touch the global generator."""
    return _numbers(shape, seed).to(dtype, copy=True)


@lru_cache(maxsize=512)
def _numbers(shape: tuple[int, ...], seed: str | int) -> torch.Tensor:
    """Kept, since the same weights are asked for again and again: never to be handed out itself."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{SALT}{seed}:{shape}".encode()))
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def tokens(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Token vectors, (T, d) or (B, T, d)."""
    return numbers(*shape, seed="tokens", dtype=dtype)


def token_ids(*shape: int, vocab_size: int) -> torch.Tensor:
    """Token ids, int64, all over the vocabulary."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{SALT}ids:{shape}:{vocab_size}".encode()))
    return torch.randint(0, vocab_size, shape, generator=generator)


def change(x: torch.Tensor, since: int, dim: int = 1) -> torch.Tensor:
    """A copy of x whose positions from `since` on (along dim) are different. Ids stay within 0 … max + 1."""
    changed = x.clone()
    part = changed.narrow(dim, since, x.shape[dim] - since)
    part.copy_(part * -1.5 + 0.7 if x.is_floating_point() else (part + 1) % (int(x.max()) + 1))
    return changed


def fill(module: nn.Module, *needs: str, dtype: torch.dtype | None = None) -> Any:
    """Sets every parameter from its agreed place and shape, and returns the module. `needs` are attributes
    that must be there (dots and [i] allowed); raises ProbeProblem with a sentence where one is not."""
    name = type(module).__name__
    if not isinstance(module, nn.Module):
        raise ProbeProblem(f"`{name}` is not a torch.nn.Module, so it has no weights that could be trained.")
    for need in needs:
        if lookup(module, need) is None:
            raise ProbeProblem(f"Your `{name}` has no `{need}`. The checks copy weights by the book's names.")
    if dtype is not None:
        module.to(dtype)
    with torch.no_grad():
        for path, parameter in places(module):
            parameter.copy_(values_for(path, parameter))
    return module


def values_for(path: str, parameter: torch.Tensor) -> torch.Tensor:
    """The values that a parameter of this place and shape gets."""
    return _values((*parameter.shape,), path, parameter.dtype).clone()


@lru_cache(maxsize=512)
def _values(shape: tuple[int, ...], path: str, dtype: torch.dtype) -> torch.Tensor:
    """Kept as `_numbers` are: a model is filled many times."""
    values = _numbers(shape, path) * 0.5
    if path.endswith("scale") or (len(shape) == 1 and path.endswith("weight")):
        values = values * 0.5 + 1.0
    return values.to(dtype)


def lookup(module: Any, path: str) -> Any:
    """The object at a path such as "ff.layers[0]", or None."""
    for name in path.replace("[", ".").replace("]", "").split("."):
        try:
            module = module[int(name)] if name.isdigit() else getattr(module, name)
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
    return module


def places(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Each parameter once with its agreed place; parameters under other names follow, by those names."""
    seen: set[int] = set()
    for path, parameter in _agreed(module, ""):
        if id(parameter) not in seen:
            seen.add(id(parameter))
            yield NORM.sub(lambda m: f"{m[1]}.{'scale' if m[2] == 'weight' else 'shift'}", path), parameter
    for path, parameter in module.named_parameters():
        if id(parameter) not in seen and parameter.requires_grad:  # a frozen one may be a mask: no weight
            seen.add(id(parameter))
            yield path, parameter


def _agreed(module: Any, path: str) -> Iterator[tuple[str, nn.Parameter]]:
    if isinstance(module, nn.Parameter):
        yield path, module
        return
    if isinstance(module, nn.ModuleList | nn.Sequential | list | tuple):
        for index, item in enumerate(module):
            yield from _agreed(item, f"{path}[{index}]")
        return
    if isinstance(module, nn.Module):
        kind: type = type(module)
        own = {*vars(module), *module._parameters, *module._modules, *_of_class(kind)} & PLACES
        for name in sorted(own, key=AGREED.index):  # a getattr that fails on a module is slow, and there are many
            part = getattr(module, name, None)
            if isinstance(part, nn.Parameter | nn.Module | list | tuple):
                yield from _agreed(part, f"{path}.{name}" if path else name)


@lru_cache(maxsize=256)
def _of_class(kind: type) -> frozenset[str]:
    """The agreed names that a class itself has: properties, for example."""
    return frozenset(name for name in AGREED if hasattr(kind, name))


def gradients(module: nn.Module, loss: torch.Tensor) -> dict[str, torch.Tensor | None]:
    """The gradient of a loss at each agreed place; None where none arrived."""
    module.zero_grad(set_to_none=True)
    if not loss.requires_grad:
        raise ProbeProblem("No gradient can flow back through your result: it is cut off from the weights.")
    loss.backward()
    return {path: parameter.grad for path, parameter in places(module)}


def strays(module: nn.Module) -> list[str]:
    """Agreed places of parameters that the module does not list (in a plain list): no optimizer sees them."""
    known = {id(parameter) for parameter in module.parameters()}
    return [path for path, parameter in _agreed(module, "") if id(parameter) not in known]


class _OneDevice(TorchDispatchMode):
    """Refuses operands on different devices, as a GPU does, also where the "meta" device lets it pass."""

    aten = torch.ops.aten
    ALLOWED = (aten.copy_, aten.index, aten.index_put, aten.index_put_)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given: list[Any] = []
        for one in (*args, *(kwargs or {}).values()):  # an operation takes tensors and lists of them
            given += one if isinstance(one, list | tuple) else (one,)
        devices = {one.device.type for one in given if isinstance(one, torch.Tensor) and one.dim()}
        if len(devices) > 1 and func.overloadpacket not in self.ALLOWED:
            found = " and ".join(sorted(devices))
            raise RuntimeError(f"Expected all tensors to be on the same device, but found {found}.")
        return func(*args, **(kwargs or {}))


def elsewhere(call: Callable[..., Any], *inputs: Any) -> Any:
    """The result of a function or a module with all on another device: "meta", which has shapes but no numbers.
    Code that looks at numbers, as an assert may, cannot be judged there, so it counts as right."""
    result = call(*inputs)
    try:
        with _OneDevice():
            moved = call.to("meta") if isinstance(call, nn.Module) else call
            return moved(*tree_map(_to_meta, inputs))
    except (RuntimeError, NotImplementedError) as error:
        if "meta tensor" in str(error) or "register_meta" in str(error):
            return tree_map(_to_meta, result)
        raise


def _to_meta(x: Any) -> Any:
    return torch.empty_like(x, device="meta") if isinstance(x, torch.Tensor) else x


def dropping(calls: list[torch.Tensor], plain: torch.Tensor) -> dict[str, Any]:
    """What dropout did to the first token of a causal head, whose one weight is 1: several calls in training,
    each (N, H, D), against (H, D) without. `times`: the factors seen; `share`: of heads lost, to the nearest
    fifth; `whole`: whether heads are lost as a whole; `alone`: whether each is lost or kept by itself."""
    training = torch.stack(calls)
    lost = (training == 0).all(-1)  # (calls, N, H)
    times = (training / plain).mul(100).round().unique()[:5] / 100
    return {
        "times": [round(float(factor.detach()), 2) + 0.0 for factor in times],
        "share": round(float(lost.float().mean()) * 5) / 5,
        "whole": bool((lost | (training != 0).all(-1)).all()),
        "alone": bool((lost != lost[:, :1]).any() and (lost.shape[2] < 2 or (lost != lost[..., :1]).any())),
    }


def untouched(x: torch.Tensor, call: Any) -> bool:
    """Whether `call(x)` leaves x as it was."""
    before = x.clone()
    call(x)
    return bool(torch.equal(before, x))


def repeats(call: Any, first: Any, other: Any) -> dict[str, Any]:
    """Results of call(first), call(other), call(first): a second first that differs means kept state."""
    return {"first": call(first), "other": call(other), "again": call(first)}


def memory(make: Callable[[], Any], *inputs: Any) -> dict[str, list[Any]]:
    """Results for each input and for the first again: of a new module each time, and of one module in a row.
    Where they differ, something was kept from one call to the next."""
    order, one = [*inputs, inputs[0]], make()
    return {"anew": [make()(x) for x in order], "in a row": [one(x) for x in order]}
