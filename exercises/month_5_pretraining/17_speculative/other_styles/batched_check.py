"""Checks all proposals at once with vectors, and proposes no more than can be used."""

import torch
import torch.nn.functional as F


def draw(weights):
    return torch.distributions.Categorical(probs=weights).sample()


def speculative_decode(target, draft, idx, n, k):
    with torch.inference_mode():
        new = []
        while len(new) < n:
            size = min(k, n - len(new))
            context = torch.cat([idx[0], torch.tensor(new, dtype=torch.long)])
            rows = []
            for _ in range(size):
                rows.append(F.softmax(draft(context[None])[0, -1], dim=-1))
                context = torch.cat([context, draw(rows[-1])[None]])
            q = torch.stack(rows)
            p = F.softmax(target(context[None]), dim=-1)[0, -size - 1 :]
            x = context[-size:]
            each = torch.arange(size)
            keep = torch.rand(size) * q[each, x] < p[each, x]
            count = int(keep.long().cumprod(0).sum())
            new += x[:count].tolist()
            rest = p[count] if count == size else torch.relu(p[count] - q[count])
            new.append(int(draw(rest / rest.sum())))
        return torch.cat([idx, torch.tensor([new[:n]])], dim=1).clone()
