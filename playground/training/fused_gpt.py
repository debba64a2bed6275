"""The reference's GPT for training: the same weights and results, in fewer and larger operations of PyTorch."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference.attention import MultiHeadAttention
from reference.gpt import GPTModel
from reference.layers import GELU, LayerNorm

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
    """MultiHeadAttention with one product for queries, keys and values, and without a (T, T) matrix in memory."""

    def forward(self, x: Tensor) -> Tensor:
        B, T, _ = x.shape
        H, D = self.num_heads, self.head_dim
        layers = self.W_query, self.W_key, self.W_value
        weight = torch.cat([layer.weight for layer in layers])
        bias = None if layers[0].bias is None else torch.cat([layer.bias for layer in layers])
        queries, keys, values = F.linear(x, weight, bias).view(B, T, 3, H, D).permute(2, 0, 3, 1, 4)  # (B, H, T, D)
        dropout = self.dropout.p if self.training else 0.0
        heads = F.scaled_dot_product_attention(queries, keys, values, dropout_p=dropout, is_causal=True)
        output: Tensor = self.out_proj(heads.transpose(1, 2).reshape(B, T, H * D))
        return output


FUSED = {LayerNorm: FusedLayerNorm, GELU: FusedGELU, MultiHeadAttention: FusedAttention}


def fuse(model: nn.Module) -> None:
    """Makes every part of the reference in the model compute in its fused way; a learner's parts stay as they are."""
    for module in model.modules():
        if fused := FUSED.get(type(module)):
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


def loss_of(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Returns the mean cross-entropy of (B, T) inputs and targets, a scalar tensor.

    The reference's model never holds all logits at once.
    """
    if type(model) is not GPTModel:
        return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    embeddings = model.tok_emb(inputs) + model.pos_emb.weight[: inputs.shape[1]]
    normed = model.final_norm(model.trf_blocks(model.drop_emb(embeddings)))
    loss: Tensor = HeadLoss.apply(normed.flatten(0, 1), model.out_head.weight, targets.flatten())
    return loss


class HeadLoss(torch.autograd.Function):
    """The output head and cross-entropy in one: logits exist for a few rows at a time, as their gradients do.

    (N, C), (V, C), (N) -> scalar. The gradients are computed in the forward pass, where the logits are at hand.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        count = len(x)
        total = x.new_zeros(())
        x_gradient = torch.empty_like(x) if wanted else None
        weight_gradient = torch.zeros_like(weight) if wanted else None
        for start in range(0, count, ROWS):
            rows, wanted_ids = x[start : start + ROWS], targets[start : start + ROWS, None]
            log_probabilities = torch.log_softmax(rows @ weight.t(), dim=-1)
            total -= log_probabilities.gather(1, wanted_ids).sum()
            if x_gradient is not None and weight_gradient is not None:
                gradient = log_probabilities.exp_()  # probabilities
                gradient.scatter_add_(1, wanted_ids, gradient.new_full(wanted_ids.shape, -1.0))
                torch.mm(gradient, weight, out=x_gradient[start : start + ROWS])
                weight_gradient.addmm_(gradient.t(), rows)
        if x_gradient is not None and weight_gradient is not None:
            ctx.save_for_backward(x_gradient.div_(count), weight_gradient.div_(count))
        return total / count

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        x_gradient, weight_gradient = ctx.saved_tensors
        return x_gradient * gradient, weight_gradient * gradient, None
