"""Fingerprints of values, which differ after a call that changes them; and the tensors that values contain."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor
from torch.nn import Module, Parameter

MAX_SIZE = 2**20  # bytes of a tensor, items of a container: larger ones have no fingerprint
PLAIN = (int, float, str, bytes, type(None))
Fingerprint = tuple[Any, ...]


def fingerprint(value: Any) -> Fingerprint:
    """Returns everything about a value that a call could change, in a form that compares; () for other values."""
    if isinstance(value, Tensor):
        has_gradient = value.is_leaf and value.grad is not None
        return ("tensor", value.requires_grad, has_gradient, value.shape, value.dtype, _bytes(value))
    if isinstance(value, Module):
        modules = modules_of(value)
        weights = weights_of(modules)
        modes = {id(module): (module, module.training) for module in modules}  # kept, so that no new one gets its id
        return ("module", modes, tuple(w.requires_grad for w in weights), tuple(w.grad is not None for w in weights),
                tuple(_bytes(w) for w in weights))  # fmt: skip
    if isinstance(value, list | tuple | set | bytearray) and len(value) <= MAX_SIZE:
        return (type(value).__name__, *(_item(item) for item in value))
    if isinstance(value, dict) and len(value) <= MAX_SIZE:
        return ("dict", *((_item(key), _item(item)) for key, item in value.items()))
    if is_table(value) and value.size <= MAX_SIZE:
        columns = [(str(name), str(column.dtype), repr(column.tolist())) for name, column in value.items()]
        return ("DataFrame", repr(value.index.tolist()), *columns)
    return ()


def is_table(value: Any) -> bool:
    """Whether a value is a DataFrame of pandas, which is not imported here: it is slow, and few exercises use it."""
    return type(value).__name__ == "DataFrame" and hasattr(value, "dtypes")


def modules_of(module: Module) -> list[Module]:
    """Returns a module and all its submodules once each; faster than `modules()`, which also builds names."""
    modules: dict[int, Module] = {}
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if id(current) not in modules:
            modules[id(current)] = current
            if children := current._modules:
                waiting += [child for child in children.values() if child is not None]
    return list(modules.values())


def weights_of(modules: Iterable[Module]) -> list[Parameter]:
    """Returns the parameters of modules once each, as `parameters()` does."""
    return list({id(weight): weight for module in modules if module._parameters
                 for weight in module._parameters.values() if weight is not None}.values())  # fmt: skip


def _item(value: Any) -> Any:
    """Returns plain data itself, and for other objects their fingerprint or identity."""
    return value if isinstance(value, PLAIN) else fingerprint(value) or id(value)


def _bytes(tensor: Tensor) -> bytes | None:
    """Returns the bytes of a tensor's storage, read without PyTorch's dispatch, which recorders observe."""
    if not tensor.is_cpu or type(tensor) not in (Tensor, Parameter):
        return None
    storage = tensor.untyped_storage()
    size = storage.nbytes()
    return ctypes.string_at(storage.data_ptr(), size) if 0 < size <= MAX_SIZE else None


def tensors_of(value: Any, depth: int = 0) -> Iterator[Tensor]:
    """Yields the tensors in a container, in a module's weights and buffers, or in an object's attributes."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Module):
        modules = modules_of(value)
        yield from weights_of(modules)
        yield from [buffer for module in modules if module._buffers
                    for buffer in module._buffers.values() if buffer is not None]  # fmt: skip
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            if not isinstance(item, PLAIN) and depth < 4:
                yield from tensors_of(item, depth + 1)
    elif hasattr(value, "__dict__") and not depth:
        yield from tensors_of(vars(value), 1)


def memory_of(value: Any) -> set[int]:
    """Returns identities of the memory behind a value: its tensors' storages, its containers and its attributes."""
    memory = {tensor.untyped_storage().data_ptr() for tensor in tensors_of(value) if tensor.is_cpu}
    memory |= {id(value)} if isinstance(value, list | dict) else set()
    return memory | ({id(attribute) for attribute in vars(value).values()} if hasattr(value, "__dict__") else set())


def may_contain_tensors(value: Any) -> bool:
    """Returns quickly whether an attribute may contain tensors; every module has a dozen empty dictionaries."""
    return bool(value) if isinstance(value, dict | list | tuple) else isinstance(value, Tensor | Module)


def trainable_in(value: Any) -> set[int]:
    """Returns the identities of the trainable tensors in an attribute."""
    if isinstance(value, Tensor):
        return {id(value)} if value.requires_grad and value.is_leaf else set()
    if isinstance(value, Module):
        return {id(parameter) for parameter in value.parameters()}
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*(trainable_in(item) for item in items))
