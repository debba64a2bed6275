"""Puts the parts together: the validation loss is the last that train_model_simple measures."""

from pathlib import Path

import torch
from parts import (
    GPTDatasetV1,
    GPTModel,
    calc_loss_loader,
    generate_text_simple,
    load_checkpoint,
    save_checkpoint,
    text_to_token_ids,
    token_ids_to_text,
    train_model_simple,
)
from torch.utils.data import DataLoader


def loader(text, tokenizer, size, batch_size, is_training):
    return DataLoader(GPTDatasetV1(text, tokenizer, size, size), batch_size, is_training, drop_last=is_training)


def pretrain_run(text, tokenizer, cfg, path, num_epochs, start_context, batch_size=8, lr=1e-3):
    size, split = cfg["context_length"], int(len(text) * 9 / 10)
    train_loader = loader(text[:split], tokenizer, size, batch_size, True)
    val_loader = loader(text[split:], tokenizer, size, batch_size, False)
    model = GPTModel(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr)
    finished = load_checkpoint(path, model, optimizer) if Path(path).is_file() else 0
    val_losses = []
    for number in range(finished + 1, num_epochs + 1):
        train_model_simple(model, train_loader, val_loader, optimizer, "cpu", 1, 1_000, 1, start_context, tokenizer)
        model.eval()
        with torch.no_grad():
            val_losses.append(calc_loss_loader(val_loader, model, "cpu"))
        save_checkpoint(model, optimizer, number, path)
    model.eval()
    out = generate_text_simple(model, text_to_token_ids(start_context, tokenizer), 10, size)
    return model, val_losses, token_ids_to_text(out, tokenizer)
