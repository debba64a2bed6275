"""The reference's GPT for training: the same weights and results, in fewer and larger operations of PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference.attention import MultiHeadAttention
from reference.gpt import GPTModel
from reference.layers import GELU, LayerNorm

SHORT = 256  # tokens
ROWS = 512  # of logits that are in memory at once


class FusedLayerNorm(LayerNorm):
    """LayerNorm in one operation."""

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.scale.shape, self.scale, self.shift, self.eps)


class FusedGELU(GELU):
    """GELU in one operation."""

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x, approximate="tanh")


class FusedAttention(MultiHeadAttention):
    """MultiHeadAttention with one product for queries, keys and values.

    For long contexts PyTorch's fused attention keeps no (T, T) matrix. For short ones separate products are faster on
    the CPU: 1.2 times in float32 and 2 times in bfloat16 with 256 tokens and heads of dimension 32.
    """

    def forward(self, x: Tensor) -> Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        layers = self.W_query, self.W_key, self.W_value
        weight = torch.cat([layer.weight for layer in layers])
        bias = None if layers[0].bias is None else torch.cat([layer.bias for layer in layers])
        queries, keys, values = F.linear(x, weight, bias).view(B, T, 3, H, D).permute(2, 0, 3, 1, 4)  # (B, H, T, D)
        dropout = self.dropout.p if self.training else 0.0
        if T <= SHORT:
            future = torch.full((T, T), float("-inf"), dtype=queries.dtype).triu(1)
            scores = (queries * D**-0.5) @ keys.transpose(2, 3) + future  # (B, H, T, T)
            heads = F.dropout(torch.softmax(scores, dim=-1), dropout) @ values
        else:
            heads = F.scaled_dot_product_attention(queries, keys, values, dropout_p=dropout, is_causal=True)
        output: Tensor = self.out_proj(heads.transpose(1, 2).reshape(B, T, H * D))
        return output


FUSED: dict[type[nn.Module], type[nn.Module]] = {
    LayerNorm: FusedLayerNorm,
    GELU: FusedGELU,
    MultiHeadAttention: FusedAttention,
    GPTModel: GPTModel,  # `loss_of` knows it
}


def fuse(model: nn.Module, classes: Mapping[type, type[nn.Module]] = FUSED) -> None:
    """Makes every part of the reference in the model compute in its fused way; a learner's parts stay as they are."""
    for module in model.modules():
        if fused := classes.get(type(module)):
            module.__class__ = fused  # the weights stay where they are


def initialize(model: nn.Module) -> None:
    """Draws the weights as GPT-2 does: normal with a standard deviation of 0.02, less where blocks add their result.

    Radford et al., 2019, section 2.3. Layer norms keep their ones and zeros.
    """
    adding = [name for name, _ in model.named_modules() if name.endswith(("att.out_proj", "ff.layers.2"))]
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            scale = 1 / math.sqrt(len(adding)) if name in adding else 1.0
            nn.init.normal_(module.weight, std=0.02 * scale)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)


def use_fast_products() -> None:
    """Lets PyTorch compute products of float32 matrices with oneDNN, which may use faster units of the processor.

    On processors without such units the results are those of float32, and on AMD's they come twice as fast as MKL's.
    """
    torch.set_float32_matmul_precision("medium")


def loss_of(model: nn.Module, inputs: Tensor, targets: Tensor, precision: str = "float32") -> Tensor:
    """Returns the mean cross-entropy of (B, T) inputs and targets, a scalar tensor.

    With precision="bfloat16" the products use bfloat16, the weights stay in float32. The reference's model never holds
    all logits at once.
    """
    is_mixed = precision == "bfloat16"
    with torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
        if type(model) is not GPTModel:
            return F.cross_entropy(model(inputs).flatten(0, 1).float(), targets.flatten())
        embeddings = model.tok_emb(inputs) + model.pos_emb.weight[: inputs.shape[1]]
        normed = model.final_norm(model.trf_blocks(model.drop_emb(embeddings)))
    weight = model.out_head.weight
    if is_mixed:
        normed, weight = normed.bfloat16(), weight.bfloat16()
    loss: Tensor = HeadLoss.apply(normed.flatten(0, 1), weight, targets.flatten())
    return loss


class HeadLoss(torch.autograd.Function):
    """The output head and cross-entropy in one: logits exist for a few rows at a time, as their gradients do.

    (N, C), (V, C), (N) -> scalar. The gradients are computed in the forward pass, where the logits are at hand.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        count = len(x)
        total = x.new_zeros((), dtype=torch.float32)
        x_gradient = torch.empty_like(x) if wanted else None
        weight_gradient = torch.zeros_like(weight, dtype=torch.float32) if wanted else None
        for start in range(0, count, ROWS):
            rows, wanted_ids = x[start : start + ROWS], targets[start : start + ROWS, None]
            log_probabilities = torch.log_softmax((rows @ weight.t()).float(), dim=-1)
            total -= log_probabilities.gather(1, wanted_ids).sum()
            if x_gradient is not None and weight_gradient is not None:
                gradient = log_probabilities.exp_()  # probabilities
                gradient.scatter_add_(1, wanted_ids, gradient.new_full(wanted_ids.shape, -1.0))
                gradient = gradient.to(x.dtype)
                x_gradient[start : start + ROWS] = gradient @ weight
                weight_gradient += gradient.t() @ rows
        if x_gradient is not None and weight_gradient is not None:
            ctx.save_for_backward(x_gradient.div_(count), weight_gradient.div_(count))
        return total / count

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        x_gradient, weight_gradient = ctx.saved_tensors
        return x_gradient * gradient, weight_gradient * gradient, None
