"""Loops over the experts."""


def balance_loss(router_probs, chosen):
    experts = router_probs.size(1)
    total = router_probs.new_zeros(())
    for expert in range(experts):
        share = (chosen == expert).to(router_probs.dtype).mean()
        total = total + share * router_probs[:, expert].mean()
    return total * experts
