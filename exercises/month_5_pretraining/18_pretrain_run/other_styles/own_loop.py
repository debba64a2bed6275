"""Writes the loop out, with a checkpoint of its own, and works with tensors of windows."""

import os

import torch
from parts import GPTModel
from torch.nn import functional as F


def windows(ids, length):
    starts = torch.arange(0, len(ids) - length, length)
    positions = starts[:, None] + torch.arange(length)
    return ids[positions], ids[positions + 1]


@torch.no_grad()
def validate(model, x, y):
    model.eval()
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()


@torch.no_grad()
def continue_text(model, ids, count, length):
    for _ in range(count):
        ids.append(int(model(torch.tensor([ids[-length:]]))[0, -1].argmax()))
    return ids


def pretrain_run(text, tokenizer, cfg, path, num_epochs, start_context, batch_size=8, lr=1e-3):
    length = cfg["context_length"]
    cut = len(text) * 9 // 10
    train, val = (windows(torch.tensor(tokenizer.encode(part)), length) for part in (text[:cut], text[cut:]))
    model = GPTModel(dict(cfg))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.1)
    epoch, losses = 0, []
    if os.path.isfile(path):
        state = torch.load(path)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        epoch = state["epoch"]
    while epoch < num_epochs:
        model.train()
        order = torch.randperm(len(train[0]))
        for chosen in order[: len(order) // batch_size * batch_size].split(batch_size):
            x, y = (part[chosen] for part in train)
            optimizer.zero_grad()
            F.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
            optimizer.step()
        epoch += 1
        losses.append(validate(model, *val))
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)
    model.eval()
    return model, losses, tokenizer.decode(continue_text(model, tokenizer.encode(start_context), 10, length))
