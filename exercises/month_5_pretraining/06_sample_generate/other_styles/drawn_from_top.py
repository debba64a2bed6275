"""Draws an index within the top k and looks up its token id."""

import torch


def softmax_with_temperature(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):
    training = model.training
    model.eval()
    for _ in range(max_new_tokens):
        with torch.no_grad():
            logits = model(idx[:, -context_size:])[:, -1]
        scores, candidates = torch.topk(logits, logits.shape[-1] if top_k is None else top_k)
        if temperature == 0:
            index = torch.zeros_like(candidates[:, :1])
        else:
            index = torch.multinomial(softmax_with_temperature(scores[0], temperature), 1).unsqueeze(0)
        token = candidates.gather(1, index)
        if eos_id is not None and (token == eos_id).all():
            break
        idx = torch.cat([idx, token], dim=-1)
    if training:
        model.train()
    return idx
