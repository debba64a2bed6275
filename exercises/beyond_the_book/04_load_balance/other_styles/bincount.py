"""Counts with bincount and multiplies as a dot product."""

import torch


def balance_loss(router_probs, chosen):
    n, experts = router_probs.shape
    f = torch.bincount(chosen, minlength=experts).to(router_probs) / n
    P = router_probs.mean(0)
    return experts * (f @ P)
