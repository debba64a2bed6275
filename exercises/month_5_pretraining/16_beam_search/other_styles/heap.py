"""Keeps lists of ids and their log-probabilities, and selects with heapq."""

import heapq

import torch


def value(item, penalty):
    _, log_probs = item
    return sum(log_probs) / max(1, len(log_probs)) ** penalty


def next_log_probs(model, prompt, ids):
    inputs = torch.cat([prompt, torch.tensor([ids], dtype=prompt.dtype, device=prompt.device)], dim=1)
    logits = model(inputs)[0, -1]
    return (logits - logits.logsumexp(0)).tolist()


def beam_search(model, idx, max_new_tokens, beam, length_penalty, eos_id=None):
    was_training = model.training
    model.eval()
    best = [([], [])]
    with torch.inference_mode():
        for _ in range(max_new_tokens):
            pool = []
            for ids, log_probs in best:
                if ids and ids[-1] == eos_id:
                    pool.append((ids, log_probs))
                    continue
                for token, log_prob in enumerate(next_log_probs(model, idx, ids)):
                    pool.append(([*ids, token], [*log_probs, log_prob]))
            best = heapq.nlargest(beam, pool, key=lambda item: value(item, length_penalty))
    model.train(was_training)
    ids = max(best, key=lambda item: value(item, length_penalty))[0]
    return torch.cat([idx, torch.tensor([ids], dtype=torch.long, device=idx.device)], dim=1)
