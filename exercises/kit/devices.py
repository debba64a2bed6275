"""Finds tensors that stay on the first device when code should run on a second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map


class _OneDevice(TorchDispatchMode):
    """Refuses operands on different devices, as a GPU does; the "meta" device accepts some of them."""

    aten = torch.ops.aten
    ALLOWED = (aten.copy_, aten.index, aten.index_put, aten.index_put_)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        operands: list[Any] = []
        for argument in (*args, *(kwargs or {}).values()):  # an operation takes tensors and lists of tensors
            operands += argument if isinstance(argument, list | tuple) else (argument,)
        devices = {x.device.type for x in operands if isinstance(x, torch.Tensor) and x.dim()}
        if len(devices) > 1 and func.overloadpacket not in self.ALLOWED:
            names = " and ".join(sorted(devices))
            raise RuntimeError(f"Expected all tensors to be on the same device, but found {names}.")
        return func(*args, **(kwargs or {}))


class _SecondDevice(TorchFunctionMode):
    """While entered, "meta" stands for a second device, whose tensors stay on the CPU, so that code can read their
    values. Refuses operands on different devices, as a GPU does; `refused` is the error."""

    ALLOWED = ("copy_", "index_put", "index_put_", "__setitem__", "__set__", "to", "type_as", "tensor", "as_tensor")

    def __init__(self, *tensors: torch.Tensor) -> None:
        super().__init__()
        self.refused: RuntimeError | None = None
        self._storages: set[int] = set()
        self._kept: list[torch.Tensor] = []  # so that no later tensor gets the address of one
        for x in tensors:
            self._add(x)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if func is torch.device:
            return func(*args, **kwargs)
        if func == torch.Tensor.device.__get__:
            return torch.device("meta") if self.has(args[0]) else func(*args)
        flat = [*args, *kwargs.values()]
        named = "cpu" if name == "cpu" else next((str(x) for x in flat if _is_device(x)), "")
        if name in ("to", "type_as") and isinstance(args[-1], torch.Tensor) and len(args) == 2:
            named = "meta" if self.has(args[1]) else "cpu"
        is_second = named == "meta" or (not named and self._is_second(name, flat))
        result = func(*map(_on_cpu, args), **{key: _on_cpu(x) for key, x in kwargs.items()})
        if name == "__iter__":
            return iter([self._placed(x, is_second) for x in result])
        return tree_map(lambda x: self._placed(x, is_second), result)

    def has(self, x: torch.Tensor) -> bool:
        """Whether a tensor is on the second device."""
        return _address(x) in self._storages

    def to_meta(self, x: Any) -> Any:
        """Moves a tensor of the second device to "meta"."""
        return _to_meta(x) if isinstance(x, torch.Tensor) and self.has(x) else x

    def _is_second(self, name: str, flat: list[Any]) -> bool:
        """Whether an operation runs on the second device. It is where its tensors are; numbers as tensors can be
        elsewhere."""
        if name in ("tensor", "as_tensor"):
            return isinstance(flat[0], torch.Tensor) and self.has(flat[0])
        operands = [x for each in flat for x in (each if isinstance(each, list | tuple) else (each,))
                    if isinstance(x, torch.Tensor) and x.numel()]  # fmt: skip
        large = [x for x in operands if x.dim()]
        places = {self.has(x) for x in large or operands}
        if name in self.ALLOWED or (name == "__getitem__" and self.has(flat[0])):  # an index is moved to its tensor
            return bool(operands) and self.has(operands[0])
        if len(places) > 1 and large:
            self.refused = RuntimeError("Expected all tensors to be on the same device, but found cpu and meta.")
            raise self.refused
        return any(places)

    def _placed(self, x: Any, is_second: bool) -> Any:
        if isinstance(x, torch.Tensor) and self.has(x) != is_second:
            if not is_second:
                return x.clone()  # a move that has nothing to do returns the tensor itself
            self._add(x)
        return x

    def _add(self, x: torch.Tensor) -> None:
        self._storages.add(_address(x))
        self._kept.append(x)


def on_meta_device(call: Callable[..., Any], *inputs: Any) -> Any:
    """Returns the result of a function or module on the "meta" device, which has shapes but no values. Code that
    reads values, as an assert does, cannot run there: it runs on a second device that keeps its tensors on the CPU."""
    device, result = _on_second_device(call, inputs)
    try:
        with _OneDevice():
            moved = call.to("meta") if isinstance(call, nn.Module) else call
            return moved(*tree_map(_to_meta, inputs))
    except (RuntimeError, NotImplementedError) as error:
        if "meta tensor" in str(error).lower() or "register_meta" in str(error):
            if device.refused:
                raise device.refused from None
            return result
        raise


def _on_second_device(call: Callable[..., Any], inputs: Sequence[Any]) -> tuple[_SecondDevice, Any]:
    """Returns the device, and the result with "meta" tensors for those on it."""
    weights = [*call.parameters(), *call.buffers()] if isinstance(call, nn.Module) else []
    device = _SecondDevice(*weights, *(x for x in tree_leaves(inputs) if isinstance(x, torch.Tensor)))
    try:
        with device:
            result = call(*inputs)
        return device, tree_map(device.to_meta, result)
    except Exception:
        if device.refused:
            return device, None
        return device, tree_map(_to_meta, call(*inputs))  # what the second device cannot do is not judged


def _to_meta(x: Any) -> Any:
    return torch.empty_like(x, device="meta") if isinstance(x, torch.Tensor) else x


def _on_cpu(x: Any) -> Any:
    return "cpu" if _is_meta(x) else x


def _address(x: torch.Tensor) -> int:
    return x.untyped_storage().data_ptr() if x.layout == torch.strided and not x.is_meta else -1


def _is_device(x: Any) -> bool:
    return isinstance(x, torch.device) or (isinstance(x, str) and x in ("cpu", "meta"))


class DeviceWatch(TorchFunctionMode):
    """While entered, "meta" stands for a second device, whose tensors stay on the CPU: code can read their values.

    `tensors` are on the first device. `unmoved` tells whether an operation combined one of them with another tensor;
    a second device would refuse that.
    """

    def __init__(self, *tensors: torch.Tensor) -> None:
        super().__init__()
        self.unmoved = False
        self._first_device = {x.untyped_storage().data_ptr() for x in tensors}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        flat, named = list(args), dict(kwargs or {})
        is_move = func is not torch.device and any(_is_meta(x) for x in (*flat, *named.values()))
        if is_move:
            flat = ["cpu" if _is_meta(x) else x for x in flat]
            named = {name: "cpu" if _is_meta(x) else x for name, x in named.items()}
        operands = [x for argument in (*flat, *named.values())
                    for x in (argument if isinstance(argument, list | tuple) else (argument,))
                    if isinstance(x, torch.Tensor)]  # fmt: skip
        if len(operands) > 1 and any(x.untyped_storage().data_ptr() in self._first_device for x in operands):
            self.unmoved = True
        result = func(*flat, **named)
        if is_move and isinstance(result, torch.Tensor):
            return result.clone()  # a move that has nothing to do returns the tensor itself
        return result


def _is_meta(x: Any) -> bool:
    return isinstance(x, str | torch.device) and str(x) == "meta"
