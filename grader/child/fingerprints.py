"""All of a value that a call could change, as something that compares; and the tensors that a value holds."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import nn

MOST = 2**20  # bytes of a tensor, items of a list: what is larger is not looked at
PLAIN = (int, float, str, bytes, type(None))
Look = tuple[Any, ...]


def look(value: Any) -> Look:
    """All of a value that a call could change, as something that compares; () for what is not looked at."""
    if isinstance(value, torch.Tensor):
        left = value.is_leaf and value.grad is not None
        return ("tensor", value.requires_grad, left, value.shape, value.dtype, _bytes(value))
    if isinstance(value, nn.Module):
        parts = parts_of(value)
        weights, modes = weights_of(parts), {id(part): part.training for part in parts}
        return ("module", modes, tuple(w.requires_grad for w in weights), tuple(w.grad is not None for w in weights),
                tuple(_bytes(w) for w in weights))  # fmt: skip
    if isinstance(value, list | tuple | set | bytearray) and len(value) <= MOST:
        return (type(value).__name__, *(_item(item) for item in value))
    if isinstance(value, dict) and len(value) <= MOST:
        return ("dict", *((_item(key), _item(item)) for key, item in value.items()))
    return ()


def parts_of(module: nn.Module) -> list[nn.Module]:
    """A module and all below it, each once: what `modules()` gives, without the names, in less time."""
    found: dict[int, nn.Module] = {}
    waiting = [module]
    while waiting:
        part = waiting.pop()
        if id(part) not in found:
            found[id(part)] = part
            if below := part._modules:
                waiting += [one for one in below.values() if one is not None]
    return list(found.values())


def weights_of(parts: Iterable[nn.Module]) -> list[nn.Parameter]:
    """The parameters of modules, each once, as `parameters()` gives them."""
    found = {id(one): one for part in parts if part._parameters for one in part._parameters.values() if one is not None}
    return list(found.values())


def _item(value: Any) -> Any:
    """An item as it compares: plain data by what it is, other objects by which they are."""
    return value if isinstance(value, PLAIN) else look(value) or id(value)


def _bytes(tensor: torch.Tensor) -> bytes | None:
    """The bytes behind a tensor, read past PyTorch, whose dispatch others may be watching."""
    if not tensor.is_cpu or type(tensor) not in (torch.Tensor, nn.Parameter):
        return None
    storage = tensor.untyped_storage()
    size = storage.nbytes()
    return ctypes.string_at(storage.data_ptr(), size) if 0 < size <= MOST else None


def tensors_of(value: Any, depth: int = 0) -> Iterator[torch.Tensor]:
    """The tensors of a value: of a container's items, a module's weights and buffers, an object's attributes."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, nn.Module):
        parts = parts_of(value)
        yield from weights_of(parts)
        yield from [one for part in parts if part._buffers for one in part._buffers.values() if one is not None]
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            if not isinstance(item, PLAIN) and depth < 4:
                yield from tensors_of(item, depth + 1)
    elif hasattr(value, "__dict__") and not depth:
        yield from tensors_of(vars(value), 1)


def places_of(value: Any) -> set[int]:
    """The memory that a value's tensors lie in, and its containers."""
    found = {one.untyped_storage().data_ptr() for one in tensors_of(value) if one.is_cpu}
    found |= {id(value)} if isinstance(value, list | dict) else set()
    return found | ({id(part) for part in vars(value).values()} if hasattr(value, "__dict__") else set())


def may_hold(value: Any) -> bool:
    """Whether there may be trainable tensors in an attribute; every module has a dozen empty dictionaries."""
    return bool(value) if isinstance(value, dict | list | tuple) else isinstance(value, torch.Tensor | nn.Module)


def held_by(value: Any) -> set[int]:
    """Which trainable tensors an attribute holds."""
    if isinstance(value, torch.Tensor):
        return {id(value)} if value.requires_grad and value.is_leaf else set()
    if isinstance(value, nn.Module):
        return {id(parameter) for parameter in value.parameters()}
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*(held_by(item) for item in items))
