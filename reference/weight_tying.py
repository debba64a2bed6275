"""Weight tying: one table for the token embedding and the output layer (Press and Wolf, 2017; book, section 4.6).

Shapes: vocabulary size V; the table is (V, emb_dim), as both layers store it.
"""

from __future__ import annotations

from typing import Any

from torch import nn

STD = 0.02  # of GPT-2's initial embeddings


def tie_weights(model: Any) -> None:
    """Makes tok_emb and out_head of a new model share one parameter, in place, and draws its initial values.

    nn.Embedding starts with a standard deviation of 1, with which out_head would give logits of about √emb_dim.
    """
    table = model.tok_emb.weight  # (V, emb_dim)
    nn.init.normal_(table, std=STD)
    model.out_head.weight = table
