"""Finds tensors that stay on the first device when code should run on a second one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map


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


class _MovesToCpu(TorchFunctionMode):
    """While entered, remembers the tensors that code moves to the CPU by its name, which on a CPU changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._moved: list[torch.Tensor] = []  # kept, so that no later tensor gets the address of one

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        names = [x for x in (*args, *(kwargs or {}).values()) if isinstance(x, str)]
        if func is torch.Tensor.cpu or (func is torch.Tensor.to and "cpu" in names):
            result = result.clone()  # a move that has nothing to do returns the tensor itself
            self._moved.append(result)
        return result

    def to_meta(self, x: Any) -> Any:
        """Moves a tensor to "meta", unless the code has moved it to the CPU."""
        return x if any(x is moved for moved in self._moved) else _to_meta(x)


def on_meta_device(call: Callable[..., Any], *inputs: Any) -> Any:
    """Returns the result of a function or module on the "meta" device, which has shapes but no values. Code that
    reads values, as an assert does, cannot run there: its result is the one on the CPU, moved unless the code itself
    moves it to the CPU."""
    moves = _MovesToCpu()
    with moves:
        result = call(*inputs)
    try:
        with _OneDevice():
            moved = call.to("meta") if isinstance(call, nn.Module) else call
            return moved(*tree_map(_to_meta, inputs))
    except (RuntimeError, NotImplementedError) as error:
        if "meta tensor" in str(error).lower() or "register_meta" in str(error):
            return tree_map(moves.to_meta, result)
        raise


def _to_meta(x: Any) -> Any:
    return torch.empty_like(x, device="meta") if isinstance(x, torch.Tensor) else x


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
