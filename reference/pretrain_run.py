"""A pretraining run from end to end, which an interruption does not ruin (book, sections 5.2 to 5.4).

Shapes: context length C.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from reference.checkpoint import load_checkpoint, save_checkpoint
from reference.data import GPTDatasetV1
from reference.evaluation import evaluate_model
from reference.generation import generate
from reference.gpt import GPTModel
from reference.pretraining import train_model_simple
from reference.token_ids import text_to_token_ids, token_ids_to_text


def pretrain_run(
    text: str,
    tokenizer: Any,
    cfg: dict[str, Any],
    path: str,
    num_epochs: int,
    start_context: str,
    batch_size: int = 8,
    lr: float = 1e-3,
) -> tuple[GPTModel, list[float], str]:
    """Trains a GPT on the first nine tenths of a text until it has done num_epochs in total.

    Continues from the checkpoint at `path` if that file exists, and writes it after each epoch. Returns the model in
    evaluation mode, the validation loss after each epoch of this call, and start_context with 10 more tokens.
    `cfg` is that of GPTModel. Book, sections 5.2 to 5.4.
    """
    device = "cpu"
    context_length = cfg["context_length"]
    split = len(text) * 9 // 10
    train_data = GPTDatasetV1(text[:split], tokenizer, max_length=context_length, stride=context_length)
    val_data = GPTDatasetV1(text[split:], tokenizer, max_length=context_length, stride=context_length)
    train_loader = DataLoader(train_data, batch_size=batch_size, shuffle=True, drop_last=True)
    val_loader = DataLoader(val_data, batch_size=batch_size)
    model = GPTModel(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    done = 0
    if Path(path).exists():
        done = load_checkpoint(path, model, optimizer)
    val_losses: list[float] = []
    for epoch in range(done, num_epochs):
        train_model_simple(
            model, train_loader, val_loader, optimizer, device, num_epochs=1, eval_freq=len(train_loader), eval_iter=1,
            start_context=start_context, tokenizer=tokenizer,
        )  # fmt: skip
        _, val_loss = evaluate_model(model, train_loader, val_loader, device, eval_iter=len(val_loader))
        val_losses.append(val_loss)
        save_checkpoint(model, optimizer, epoch + 1, path)  # "step" counts finished epochs
    model.eval()
    prompt = text_to_token_ids(start_context, tokenizer).to(device)
    token_ids = generate(model, prompt, max_new_tokens=10, context_size=context_length)
    sample = token_ids_to_text(token_ids, tokenizer)
    return model, val_losses, sample
