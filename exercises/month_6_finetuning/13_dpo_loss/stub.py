import torch
import torch.nn.functional as F


def compute_logprobs(logits, labels, selection_mask=None):
    """Returns the mean log-probability of the selected tokens of each text: (B,).

    logits: (B, T, V), the model's output for the texts
    labels: (B, T), the ids of the same texts, not shifted
    selection_mask: (B, T), True for the tokens that count; None selects all
    """
    raise NotImplementedError


def compute_dpo_loss(
    model_chosen_logprobs, model_rejected_logprobs, reference_chosen_logprobs, reference_rejected_logprobs, beta=0.1
):
    """Returns (loss, chosen_rewards, rejected_rewards), three scalar tensors.

    The arguments are log-probabilities of responses, (B,) each. The rewards have no gradients.
    """
    raise NotImplementedError
