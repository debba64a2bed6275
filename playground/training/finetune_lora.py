"""Adds LoRA layers to chosen linear layers of a model, with the course's classes or the learner's, and merges them.

`replace_linear_with_lora` and `merge_lora` work on every linear layer of a module. To leave out the others, each chosen
layer is put into a module of its own first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from playground.host.adapter import merged_weight
from playground.training.finetune_parts import LoRAError, LoRAParts

TOLERANCE = 1e-4  # of a layer's output, relative to its largest number


def linear_names(block: nn.Module) -> list[str]:
    """Returns the names of a block's linear layers, such as att.W_query."""
    return [name for name, module in block.named_modules() if isinstance(module, nn.Linear)]


def chosen_targets(block: nn.Module, targets: Sequence[str]) -> list[str]:
    """Returns the full names of target layers, given by their full or last names. Raises LoRAError.

    "all" stands for every linear layer of a block.
    """
    names = linear_names(block)
    if list(targets) == ["all"]:
        return names
    chosen = []
    for target in targets:
        matches = [name for name in names if name == target or name.endswith(f".{target}")]
        if len(matches) != 1:
            lasts = [(name, name.rpartition(".")[2]) for name in names]
            short = ", ".join(name if last.isdigit() else last for name, last in lasts)
            raise LoRAError(f"The model's blocks have no linear layer named {target}. Choose among: {short}, or all.")
        if matches[0] not in chosen:
            chosen.append(matches[0])
    return sorted(chosen, key=names.index)


class LoRALayers:
    """The LoRA layers in the blocks of a model from block `first` on; they are trainable, and nothing else is.

    `root` is the name of the blocks in the model. Layers are named by their path, blocks.0.att.W_query for example.
    Raises LoRAError if the parts do not do what LoRA needs.
    """

    def __init__(
        self, blocks: Sequence[nn.Module], root: str, first: int, targets: Sequence[str], rank: int, alpha: float,
        parts: LoRAParts | None = None,
    ) -> None:  # fmt: skip
        self.parts, self.rank, self.alpha = parts or LoRAParts(), rank, alpha
        self.names = chosen_targets(blocks[-1], targets)
        self.places = [
            (f"{root}.{i}.{name}", blocks[i], name) for i in range(first, len(blocks)) for name in self.names
        ]
        layers = [block.get_submodule(name) for _, block, name in self.places]
        widths = {min(layer.in_features, layer.out_features) for layer in layers if isinstance(layer, nn.Linear)}
        if not 1 <= rank <= min(widths):
            raise LoRAError(f"The rank {rank} must be from 1 to {min(widths)}, the smaller side of the layers.")
        self.scale = self._checked_scale(layers[0])
        for path, block, name in self.places:
            adapted = self._replaced(block.get_submodule(name))
            _set(block, name, adapted)
            self._factors(adapted, path)

    def factors(self) -> dict[str, tuple[nn.Parameter, nn.Parameter]]:
        """Returns A and B of each layer by its path."""
        return {path: self._factors(block.get_submodule(name), path) for path, block, name in self.places}

    def parameters(self) -> dict[str, nn.Parameter]:
        """Returns the trainable parameters by name."""
        factors = self.factors().items()
        return {f"{path}.{key}": factor for path, (A, B) in factors for key, factor in (("A", A), ("B", B))}

    def merge(self) -> None:
        """Replaces each layer by a linear one that computes the same. Raises LoRAError."""
        for path, block, name in self.places:
            adapted = block.get_submodule(name)
            if self.parts.merge is None:
                linear = next(module for module in adapted.modules() if isinstance(module, nn.Linear))
                A, B = self._factors(adapted, path)
                with torch.no_grad():
                    linear.weight.copy_(merged_weight(linear.weight, A, B, self.scale))
                _set(block, name, linear)
                continue
            holder = nn.Module()
            holder.add_module("layer", adapted)
            self.parts.call(self.parts.merge, "merge_lora", holder)
            if type(holder.layer) is not nn.Linear:
                raise LoRAError(
                    f"Your merge_lora left {path} as it was; it should replace each LinearWithLoRA by an nn.Linear."
                )
            _set(block, name, holder.layer)

    def _replaced(self, linear: nn.Module) -> nn.Module:
        """Returns what `inject` puts in the place of a linear layer."""
        holder = nn.Module()
        holder.add_module("layer", linear)
        self.parts.call(self.parts.inject, "replace_linear_with_lora", holder, self.rank, self.alpha)
        adapted = holder.layer
        if adapted is linear or not isinstance(adapted, nn.Module):
            raise LoRAError("Your replace_linear_with_lora left an nn.Linear as it was; it should replace each one.")
        return adapted

    def _factors(self, adapted: nn.Module, path: str) -> tuple[nn.Parameter, nn.Parameter]:
        """Returns A and B of a layer. Raises LoRAError if it is no LoRA layer."""
        trainable = {name.rpartition(".")[2]: p for name, p in adapted.named_parameters() if p.requires_grad}
        if set(trainable) != {"A", "B"}:
            names = ", ".join(sorted(trainable)) or "nothing"
            raise LoRAError(f"Your LinearWithLoRA trains {names}; it should train A and B of its LoRALayer, and leave "
                            "the linear layer frozen.")  # fmt: skip
        A, B = trainable["A"], trainable["B"]
        if A.shape[1:] != (self.rank,) or B.shape[:1] != (self.rank,):
            raise LoRAError(f"Your LoRALayer has A {tuple(A.shape)} and B {tuple(B.shape)}; they should be "
                            f"(in_dim, {self.rank}) and ({self.rank}, out_dim).")  # fmt: skip
        return A, B

    def _checked_scale(self, linear: nn.Module) -> float:
        """Tries the parts on a copy of a layer; returns the factor of A B, alpha or alpha / rank. Raises LoRAError."""
        assert isinstance(linear, nn.Linear)
        copy = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None).requires_grad_(False)
        x = torch.randn(3, linear.in_features, generator=torch.Generator().manual_seed(0))
        base = copy(x)
        adapted = self._replaced(copy)
        A, B = self._factors(adapted, "")
        output = self.parts.call(adapted, "LinearWithLoRA", x)
        if not isinstance(output, Tensor) or output.shape != base.shape:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise LoRAError(f"Your LinearWithLoRA returns {shape} for x {tuple(x.shape)}; it should return "
                            f"{tuple(base.shape)}.")  # fmt: skip
        if not torch.allclose(output, base, atol=1e-5):
            raise LoRAError(f"Your LinearWithLoRA changes the output before any training, by up to "
                            f"{(output - base).abs().max():.3g}; B should begin with zeros.")  # fmt: skip
        with torch.no_grad():
            B.copy_(torch.randn(B.shape, generator=torch.Generator().manual_seed(1)))
            update = x @ A @ B
            change = self.parts.call(adapted, "LinearWithLoRA", x) - base
        for scale in (self.alpha, self.alpha / self.rank):
            if (change - scale * update).abs().max() <= TOLERANCE * (scale * update).abs().max() + 1e-5:
                return scale
        raise LoRAError("Your LinearWithLoRA adds something different from alpha · x A B to the linear layer's output.")


def _set(block: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(block.get_submodule(parent), last, module)
