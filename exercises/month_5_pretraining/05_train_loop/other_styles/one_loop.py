"""One loop over the batches of all epochs; samples are drawn, and the gradients are reset after each step."""

import torch
from parts import calc_loss_loader, generate, text_to_token_ids, token_ids_to_text
from torch.nn import functional as F


@torch.inference_mode()
def measure(model, loaders, device, count):
    model.eval()
    losses = tuple(calc_loss_loader(loader, model, device, num_batches=count) for loader in loaders)
    model.train()
    return losses


def sample(model, tokenizer, device, start_context):
    idx = text_to_token_ids(start_context, tokenizer).to(device)
    size = model.pos_emb.num_embeddings
    out = generate(model, idx, max_new_tokens=15, context_size=size, temperature=1.0, top_k=3)
    return token_ids_to_text(out.cpu(), tokenizer)


def train_model_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, start_context, tokenizer
):
    rows = []
    seen = 0
    model.to(device).train()
    optimizer.zero_grad(set_to_none=False)
    per_epoch = len(train_loader)
    batches = (batch for _ in range(num_epochs) for batch in train_loader)
    for step, (x, y) in enumerate(batches):
        logits = model(x.to(device))
        F.cross_entropy(logits.transpose(1, 2), y.to(device)).backward()
        optimizer.step()
        model.zero_grad()
        seen += x.shape[0] * x.shape[1]
        if not step % eval_freq:
            rows.append((*measure(model, (train_loader, val_loader), device, eval_iter), seen))
        if (step + 1) % per_epoch == 0:
            print(sample(model, tokenizer, device, start_context))
    columns = list(map(list, zip(*rows, strict=True)))
    return columns or [[], [], []]
