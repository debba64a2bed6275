"""PyTorch's LambdaLR steps after the optimizer and has the rate of the first step from its construction on."""

import math

import torch
import torch.nn.functional as F


def loss_of(model, x, y, device):
    return F.cross_entropy(model(x.to(device)).flatten(0, 1), y.to(device).flatten())


@torch.no_grad()
def mean_loss(model, loader, device, count):
    losses = [loss_of(model, x, y, device).item() for (x, y), _ in zip(loader, range(count))]  # noqa: B905
    return sum(losses) / len(losses)


def train_model(model, train_loader, val_loader, optimizer, device, n_epochs, eval_freq, eval_iter, start_context,
                tokenizer, warmup_steps, initial_lr=3e-05, min_lr=1e-6, orig_book_version=False):  # fmt: skip
    peak_lr = optimizer.param_groups[0]["lr"]
    total = len(train_loader) * n_epochs

    def factor(step):
        if step < warmup_steps:
            return (initial_lr + (peak_lr - initial_lr) * step / warmup_steps) / peak_lr
        angle = math.pi * (step - warmup_steps) / (total - warmup_steps)
        return (min_lr + (peak_lr - min_lr) * (1 + math.cos(angle)) / 2) / peak_lr

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    train_losses, val_losses, track_tokens_seen, track_lrs = [], [], [], []
    global_step, tokens_seen = -1, 0
    for epoch in range(n_epochs):
        model.train()
        for x, y in train_loader:
            global_step += 1
            optimizer.zero_grad()
            track_lrs.append(scheduler.get_last_lr()[0])
            loss_of(model, x, y, device).backward()
            if global_step >= warmup_steps:
                torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            scheduler.step()
            tokens_seen += x.numel()
            if global_step % eval_freq == 0:
                model.eval()
                train_losses.append(mean_loss(model, train_loader, device, eval_iter))
                val_losses.append(mean_loss(model, val_loader, device, eval_iter))
                model.train()
                track_tokens_seen.append(tokens_seen)
        print(f"End of epoch {epoch}")
    return train_losses, val_losses, track_tokens_seen, track_lrs
