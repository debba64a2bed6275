"""Each completion alone through the model, without padding, as the book does."""

import torch
from parts import extract_final_candidate, grade_answer, group_advantages, grpo_loss
from torch import nn


def reward_rlvr(answer_text, ground_truth):
    extracted = extract_final_candidate(answer_text, fallback=None)
    if not extracted:
        return 0.0
    return 1.0 if grade_answer(extracted, ground_truth) else 0.0


def predictions(model, ids, prompt_len):
    return model(ids.unsqueeze(0)).squeeze(0)[prompt_len - 1 : -1].log_softmax(-1)


def chosen(model, ids, prompt_len):
    return predictions(model, ids, prompt_len)[range(len(ids) - prompt_len), ids[prompt_len:]]


def grpo_step(model, ref_model, optimizer, problems, sample, reward=reward_rlvr, num_rollouts=8, inner_epochs=1,
              clip=0.2, beta=0.0, max_norm=1.0):  # fmt: skip
    attempts, scores, texts = [], [], []
    for problem in problems:
        group = sample(model, problem["problem"], num_rollouts)
        marks = [reward(text, problem["answer"]) for *_, text in group]
        values = group_advantages(torch.tensor(marks))
        attempts.extend((ids, start, value) for (ids, start, _), value in zip(group, values, strict=True))
        scores.append(marks)
        texts.append([text for *_, text in group])

    with torch.no_grad():
        old = [chosen(model, ids, start) for ids, start, _ in attempts]
        ref = [chosen(ref_model, ids, start) for ids, start, _ in attempts]
        guesses = torch.cat([predictions(model, ids, start) for ids, start, _ in attempts])
    gap = torch.cat(ref) - torch.cat(old)
    for _ in range(inner_epochs):
        losses = []
        for (ids, start, value), before, frozen in zip(attempts, old, ref, strict=True):
            now = chosen(model, ids, start)[None]
            everything = torch.ones_like(now, dtype=torch.bool)
            losses.append(grpo_loss(now, before[None], frozen[None], value[None], everything, clip, beta))
        loss = sum(losses) / len(losses)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
    marks = [mark for group in scores for mark in group]
    return {
        "loss": float(loss),
        "reward": sum(marks) / len(marks),
        "entropy": float(-(guesses.exp() * guesses).sum(-1).mean()),
        "kl": float((gap.exp() - gap - 1).mean()),
        "rewards": scores,
        "completions": texts,
    }
