import torch


def balance_loss(router_probs, chosen):
    """Measures how unevenly tokens are spread over the experts.

    router_probs: (n, N), for each of n tokens the probabilities of N experts; each row sums to 1
    chosen: (n,) int64, the expert that each token was sent to
    Returns a scalar tensor, 1 for a perfect balance.
    """
    raise NotImplementedError
