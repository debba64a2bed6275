"""Records what a model computes inside: the residual stream after every block, and each attention's weights.

It reads the model's own modules with hooks, whoever wrote them: a GPT has `trf_blocks`, a Llama has `blocks`, and each
block has an attention `att` with `out_proj`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from playground.host.assembly import Assembly
from playground.host.host_error import HostError

Check = Callable[[], None]
HeadsOff = Sequence[tuple[int, int]]  # (layer, head)


@dataclass(frozen=True)
class Anatomy:
    """The modules of a model that the X-ray reads. `heads` are query heads, `groups` key-value heads."""

    model: nn.Module  # called with ids (1, T), gives logits (1, T, V)
    blocks: list[nn.Module]
    final_norm: nn.Module
    out_head: Callable[[Tensor], Tensor]
    heads: int
    groups: int

    @property
    def attentions(self) -> list[nn.Module | None]:
        return [getattr(block, "att", None) for block in self.blocks]

    @property
    def ablation_note(self) -> str:
        """Why heads cannot be switched off, or nothing."""
        if all(_out_proj(attention) is not None for attention in self.attentions):
            return ""
        return "Heads cannot be switched off: this attention has no layer out_proj that joins them."


def anatomy_of(assembly: Assembly) -> Anatomy:
    """Finds the modules of a model, the learner's included. Raises HostError if it is not made of them."""
    model, sizes = assembly.built.full(), assembly.base.cfg
    blocks = getattr(model, assembly.built.blocks, None)
    final_norm, out_head = getattr(model, "final_norm", None), getattr(model, "out_head", None)
    if not isinstance(blocks, nn.Module) or not isinstance(final_norm, nn.Module) or not callable(out_head):
        names = f"{assembly.built.blocks}, final_norm and out_head"
        raise HostError(f"This model cannot be inspected: it is not made of {names}.")
    return Anatomy(model, list(blocks.children()), final_norm, out_head, sizes.n_heads, sizes.n_kv_groups)


@dataclass(frozen=True)
class Trace:
    """The results of one pass: `residuals[l]` (1, T, C) enters block l, the last one leaves the last block.

    `block_inputs` and `attention_inputs` are the arguments of each block and attention.
    """

    ids: list[int]
    residuals: list[Tensor]
    block_inputs: list[tuple[tuple[Any, ...], dict[str, Any]]]
    attention_inputs: list[tuple[tuple[Any, ...], dict[str, Any]] | None]
    logits: Tensor  # (T, V)


def trace(anatomy: Anatomy, ids: list[int], check: Check, heads_off: HeadsOff = ()) -> Trace:
    """Runs the model on ids; `check` is called before every block, and may raise."""
    block_inputs: list[Any] = []
    attention_inputs: list[Any] = [None] * len(anatomy.blocks)
    last: list[Tensor] = []

    def before_block(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        check()
        block_inputs.append((args, kwargs))

    def before_attention(layer: int) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            attention_inputs[layer] = (args, kwargs)

        return hook

    handles = [block.register_forward_pre_hook(before_block, with_kwargs=True) for block in anatomy.blocks]
    handles.append(anatomy.blocks[-1].register_forward_hook(lambda module, args, output: last.append(output)))
    for layer, attention in enumerate(anatomy.attentions):
        if attention is not None:
            handles.append(attention.register_forward_pre_hook(before_attention(layer), with_kwargs=True))
    try:
        with heads_switched_off(anatomy, heads_off):
            logits = anatomy.model(torch.tensor([ids]))[0]
    finally:
        for handle in handles:
            handle.remove()
    residuals = [args[0] for args, _ in block_inputs] + last
    return Trace(ids, residuals, block_inputs, attention_inputs, logits)


@contextmanager
def heads_switched_off(anatomy: Anatomy, heads_off: HeadsOff) -> Iterator[None]:
    """Replaces the heads' outputs by zeros before out_proj joins them. Raises HostError."""
    if heads_off and anatomy.ablation_note:
        raise HostError(anatomy.ablation_note)
    handles = []
    for layer, attention in enumerate(anatomy.attentions):
        heads = [head for at, head in heads_off if at == layer]
        if heads:
            out_proj = _out_proj(attention)
            assert out_proj is not None
            handles.append(out_proj.register_forward_pre_hook(zero_heads(anatomy.heads, heads)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def zero_heads(heads: int, off: Sequence[int]) -> Callable[[nn.Module, tuple[Tensor, ...]], tuple[Tensor]]:
    """Returns a hook that zeroes slices of the joined heads (B, T, H·D)."""

    def hook(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor]:
        context = args[0].unflatten(-1, (heads, -1)).clone()
        context[..., list(off), :] = 0
        return (context.flatten(-2),)

    return hook


def losses_without(anatomy: Anatomy, traced: Trace, layer: int, heads: Sequence[int], check: Check) -> list[float]:
    """Returns the loss of the traced ids without each of the heads of a layer, computed as one batch."""
    out_proj, count = _out_proj(anatomy.attentions[layer]), len(heads)
    assert out_proj is not None

    def zero_one_each(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor]:
        context = args[0].unflatten(-1, (anatomy.heads, -1)).clone()  # (count, T, H, D)
        context[range(count), :, list(heads)] = 0
        return (context.flatten(-2),)

    x = traced.residuals[layer].expand(count, -1, -1)
    handle = out_proj.register_forward_pre_hook(zero_one_each)
    try:
        for place in range(layer, len(anatomy.blocks)):
            check()
            args, kwargs = traced.block_inputs[place]
            x = anatomy.blocks[place](x, *args[1:], **kwargs)
    finally:
        handle.remove()
    losses = []
    for row in x:  # one at a time: the logits of all would be large
        check()
        logits = anatomy.out_head(anatomy.final_norm(row[None]))[0]
        losses.append(float(token_losses(logits, traced.ids).mean()))
    return losses


def token_losses(logits: Tensor, ids: Sequence[int]) -> Tensor:
    """Returns the loss of every id but the first. (T, V) -> (T-1,)."""
    return F.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="none")


def attention_weights(anatomy: Anatomy, traced: Trace, layer: int) -> Tensor:
    """Returns the attention weights (H, T, T) of a layer. Raises HostError where they cannot be found.

    They are the weights that the attention itself computes, or, if it uses a fused function that does not show them,
    they are recomputed from its queries and keys.
    """
    attention, inputs, T = anatomy.attentions[layer], traced.attention_inputs[layer], len(traced.ids)
    if attention is None or inputs is None:
        raise HostError(f"Block {layer + 1} has no attention named att, so its weights cannot be shown.")
    args, kwargs = inputs
    recorder = _WeightRecorder(T)
    with recorder:
        attention(*args, **kwargs)
    if len(recorder.maps) == anatomy.heads:
        return torch.stack(recorder.maps)
    weights = _recomputed(anatomy, attention, args)
    if weights is None:
        raise HostError(
            f"The attention weights of block {layer + 1} cannot be shown: {type(attention).__name__} computes "
            "no softmax that can be read, and has no layers W_query and W_key to compute them from."
        )
    return weights


class _WeightRecorder(TorchDispatchMode):
    """Keeps the tensors of shape (…, T, T) that look like attention weights; the last ones of a pass count."""

    def __init__(self, T: int) -> None:
        super().__init__()
        self.T = T
        self.maps: list[Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        if "softmax" in str(func) and isinstance(output, Tensor) and output.shape[-2:] == (self.T, self.T):
            self.maps += list(output.reshape(-1, self.T, self.T).float())
        return output


def _recomputed(anatomy: Anatomy, attention: Any, args: tuple[Any, ...]) -> Tensor | None:
    """Returns softmax(q·kᵀ/√D) with the causal mask, (H, T, T), or None if there are no queries and keys."""
    module, x = getattr(attention, "inner", attention), args[0]
    if hasattr(module, "rotated_heads"):  # of reference.llama
        queries, keys, _ = module.rotated_heads(*args[:3])
    elif len(args) > 1:  # tables of RoPE: the queries and keys are rotated where they cannot be seen
        return None
    elif hasattr(module, "W_query") and hasattr(module, "W_key"):
        queries = module.W_query(x).unflatten(-1, (anatomy.heads, -1)).transpose(1, 2)
        keys = module.W_key(x).unflatten(-1, (anatomy.groups, -1)).transpose(1, 2)
    elif isinstance(getattr(module, "qkv", None), nn.Linear):
        queries, keys, _ = module.qkv(x).unflatten(-1, (3, anatomy.heads, -1)).permute(2, 0, 3, 1, 4)
    else:
        return None
    keys = keys.repeat_interleave(queries.shape[1] // keys.shape[1], dim=1)  # a group's query heads share its keys
    scores: Tensor = queries[0] @ keys[0].transpose(1, 2) / queries.shape[-1] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    return torch.softmax(scores.masked_fill(future, float("-inf")), dim=-1)


def _out_proj(attention: Any) -> nn.Module | None:
    """Returns the layer that joins an attention's heads; a learner's attention may be the `inner` of an adapter."""
    inner = getattr(attention, "inner", None)
    places = ((attention, "out_proj"), (inner, "out_proj"), (inner, "proj"))
    layers = [getattr(module, name, None) for module, name in places]
    return next((layer for layer in layers if isinstance(layer, nn.Module)), None)
