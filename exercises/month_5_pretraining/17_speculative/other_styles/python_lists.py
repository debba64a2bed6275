"""Works on lists of ids, with Python's random numbers and an else clause for the bonus token."""

import random

import torch


def probabilities(model, ids):
    return torch.nn.functional.softmax(model(torch.tensor([ids])).detach()[0], dim=1)


def choose(weights):
    return random.choices(range(len(weights)), weights=weights)[0]


def speculative_decode(target, draft, idx, n, k):
    torch.set_grad_enabled(False)
    try:
        return torch.tensor([list(decoded(target, draft, idx[0].tolist(), n, k))])
    finally:
        torch.set_grad_enabled(True)


def decoded(target, draft, ids, n, k):
    wanted = len(ids) + n
    while len(ids) < wanted:
        guesses, qs = [], []
        for _ in range(k):
            q = probabilities(draft, ids + guesses)[-1].tolist()
            guesses.append(choose(q))
            qs.append(q)
        ps = probabilities(target, ids + guesses)[len(ids) - 1 :].tolist()
        for guess, p, q in zip(guesses, ps[:-1], qs, strict=True):
            if random.random() < p[guess] / q[guess]:
                ids.append(guess)
            else:
                ids.append(choose([max(0.0, a - b) for a, b in zip(p, q, strict=True)]))
                break
        else:
            ids.append(choose(ps[-1]))
    return ids[:wanted]
