"""Pads with pad_sequence, takes log-probabilities from F.cross_entropy, and masks by positions."""

import parts
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence


def reward_rlvr(answer_text, ground_truth):
    return float(parts.grade_answer(parts.extract_final_candidate(answer_text, None) or None, ground_truth))


def grpo_step(model, ref_model, optimizer, problems, sample, reward=reward_rlvr, num_rollouts=8, inner_epochs=1,
              clip=0.2, beta=0.0, max_norm=1.0):  # fmt: skip
    groups = [sample(model, problem["problem"], num_rollouts) for problem in problems]
    rewards = [
        [reward(text, problem["answer"]) for _, _, text in group]
        for problem, group in zip(problems, groups, strict=True)
    ]
    advantages = torch.stack([parts.group_advantages(torch.tensor(group)) for group in rewards]).reshape(-1)
    flat = [item for group in groups for item in group]
    ids = pad_sequence([item[0] for item in flat], batch_first=True)
    starts = torch.tensor([item[1] for item in flat])[:, None]
    ends = torch.tensor([len(item[0]) for item in flat])[:, None]
    places = torch.arange(1, ids.shape[1])
    mask = (places >= starts) & (places < ends)

    def logps(network):
        logits = network(ids[:, :-1]).transpose(1, 2)
        return -F.cross_entropy(logits, ids[:, 1:], reduction="none"), logits

    with torch.inference_mode():
        first, logits = logps(model)
        ref = logps(ref_model)[0]
        distribution = torch.distributions.Categorical(logits=logits.transpose(1, 2))
        entropy = (distribution.entropy() * mask).sum() / mask.sum()
        log_ratio = ref - first
        kl = ((log_ratio.exp() - 1 - log_ratio) * mask).sum() / mask.sum()
    old, ref = first.clone(), ref.clone()
    for _ in range(inner_epochs):
        loss = parts.grpo_loss(logps(model)[0], old, ref, advantages, mask, clip=clip, beta=beta)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
    flat_rewards = [value for group in rewards for value in group]
    return {
        "loss": loss.item(),
        "reward": sum(flat_rewards) / len(flat_rewards),
        "entropy": entropy.item(),
        "kl": kl.item(),
        "rewards": rewards,
        "completions": [[text for _, _, text in group] for group in groups],
    }
