"""Decides for each parameter by its name."""

import torch


def to_classifier(model, num_classes):
    width = model.pos_emb.weight.size(1)
    setattr(model, "out_head", torch.nn.Linear(in_features=width, out_features=num_classes, bias=True))  # noqa: B010
    last = f"trf_blocks.{len(model.trf_blocks) - 1}."
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith((last, "final_norm.", "out_head."))
    return model
