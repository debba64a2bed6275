"""Follows the book: the keys of section 5.4, and model.train() after loading."""

import torch


def save_checkpoint(model, optimizer, step, path):
    torch.save(
        {
            "model_state_dict": model.state_dict(),
            "optimizer_state_dict": optimizer.state_dict(),
            "global_step": step,
        },
        path,
    )


def load_checkpoint(path, model, optimizer):
    device = next(model.parameters()).device
    checkpoint = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(checkpoint["model_state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    model.train()
    return checkpoint["global_step"]
