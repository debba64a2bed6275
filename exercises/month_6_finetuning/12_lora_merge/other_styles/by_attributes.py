"""Recognizes LoRA layers by their attributes and assigns a new parameter."""

import torch


def merge_lora(model):
    for name, child in list(model.named_children()):
        lora = getattr(child, "lora", None)
        if lora is None:
            merge_lora(child)
            continue
        weight = torch.einsum("ir,ro->oi", lora.A, lora.B).mul(lora.alpha).add(child.linear.weight)
        child.linear.weight = torch.nn.Parameter(weight.detach(), requires_grad=child.linear.weight.requires_grad)
        setattr(model, name, child.linear)
