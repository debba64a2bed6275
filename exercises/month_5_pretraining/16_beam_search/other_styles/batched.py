"""Extends all beams in one call of the model; finished ones move to a list of their own."""

import torch


@torch.no_grad()
def beam_search(model, idx, max_new_tokens, beam, length_penalty, eos_id=None):
    finished = []
    sequences, totals = idx, torch.zeros(1, device=idx.device)
    for n in range(1, max_new_tokens + 1):
        log_p = model(sequences)[:, -1].log_softmax(-1)
        sums = totals[:, None] + log_p  # all have the same length, so the sums decide
        top = sums.flatten().topk(min(beam, sums.numel()))
        parents, tokens = top.indices // sums.size(1), top.indices % sums.size(1)
        sequences, totals = torch.cat([sequences[parents], tokens[:, None]], dim=1), top.values
        if eos_id is not None:
            ended = tokens == eos_id
            finished += [
                (t.item() / n**length_penalty, s) for t, s in zip(totals[ended], sequences[ended], strict=True)
            ]
            sequences, totals = sequences[~ended], totals[~ended]
            if not len(sequences):
                break
    else:
        finished += zip((totals / max_new_tokens**length_penalty).tolist(), sequences, strict=True)
    return max(finished, key=lambda pair: pair[0])[1][None]
