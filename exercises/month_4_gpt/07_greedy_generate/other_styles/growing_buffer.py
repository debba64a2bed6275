"""Fills a tensor of the final size, one column at a time, in evaluation mode."""

import torch


@torch.inference_mode()
def generate_text_simple(model, idx, max_new_tokens, context_size):
    batch, length = idx.shape
    ids = idx.new_empty(batch, length + max_new_tokens)
    ids[:, :length] = idx
    was_training = model.training
    model.eval()
    for end in range(length, length + max_new_tokens):
        start = max(0, end - context_size)
        probabilities = model(ids[:, start:end])[:, -1].softmax(dim=-1)
        ids[:, end] = probabilities.max(dim=-1).indices
    model.train(was_training)
    return ids
