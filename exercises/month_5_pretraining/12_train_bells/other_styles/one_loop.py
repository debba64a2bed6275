"""One loop over all steps, a rate from a precomputed list, torch's clipping, and no sample."""

import itertools

import torch
from parts import calc_loss_batch, evaluate_model, lr_at


def train_model(model, train_loader, val_loader, optimizer, device, n_epochs, eval_freq, eval_iter, start_context,
                tokenizer, warmup_steps, initial_lr=3e-05, min_lr=1e-6):  # fmt: skip
    total = n_epochs * len(train_loader)
    peak = optimizer.param_groups[0]["lr"]
    rates = [lr_at(i, total, warmup_steps, peak, initial_lr, min_lr) for i in range(total)]
    evaluations, seen = [], 0
    batches = itertools.chain.from_iterable(train_loader for _ in range(n_epochs))
    for i, ((x, y), rate) in enumerate(zip(batches, rates, strict=True)):
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = rate
        calc_loss_batch(x, y, model, device).backward()
        if i > warmup_steps:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seen += x.shape[0] * x.shape[1]
        if i % eval_freq == 0:
            evaluations.append((*evaluate_model(model, train_loader, val_loader, device, eval_iter), seen))
    train_losses, val_losses, tokens = map(list, zip(*evaluations, strict=True))
    return train_losses, val_losses, tokens, rates
