"""Fills the table by its data and registers it in the head by name."""

import torch


def tie_weights(model):
    shared = model.get_submodule("tok_emb").weight
    with torch.no_grad():
        shared.normal_(mean=0.0, std=0.02)
    del model.out_head.weight
    model.out_head.register_parameter("weight", shared)
    assert model.out_head.weight is model.tok_emb.weight
