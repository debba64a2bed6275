import torch

from parts import extract_final_candidate, grade_answer, group_advantages, grpo_loss


def reward_rlvr(answer_text, ground_truth):
    r"""Returns 1.0 if the answer in \boxed{} is right, else 0.0."""
    raise NotImplementedError


def grpo_step(
    model,
    ref_model,
    optimizer,
    problems,
    sample,
    reward=reward_rlvr,
    num_rollouts=8,
    inner_epochs=1,
    clip=0.2,
    beta=0.0,
    max_norm=1.0,
):
    """Writes completions of the problems, rewards them, and adjusts the model.

    model, ref_model: ids (N, T) → logits (N, T, V)
    problems: dicts with the texts "problem" and "answer"
    sample: sample(model, problem, num_rollouts) returns a list of (token_ids, prompt_len, text)
    reward: reward(text, answer) returns a float
    Returns a dict with "loss", "reward", "entropy", "kl", "rewards" and "completions".
    """
    raise NotImplementedError
