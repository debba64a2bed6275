"""Defines all functions that the loop calls, as a file of the whole chapter does."""

import torch


def text_to_token_ids(text, tokenizer):
    return torch.tensor(tokenizer.encode(text, allowed_special={"<|endoftext|>"})).unsqueeze(0)


def token_ids_to_text(token_ids, tokenizer):
    return tokenizer.decode(token_ids.squeeze(0).tolist())


def generate_text_simple(model, idx, max_new_tokens, context_size):
    for _ in range(max_new_tokens):
        with torch.no_grad():
            logits = model(idx[:, -context_size:])
        idx = torch.cat((idx, logits[:, -1, :].argmax(dim=-1, keepdim=True)), dim=1)
    return idx


def calc_loss_batch(input_batch, target_batch, model, device):
    input_batch, target_batch = input_batch.to(device), target_batch.to(device)
    scores = model(input_batch)
    return torch.nn.functional.cross_entropy(scores.flatten(0, 1), target_batch.flatten())


def calc_loss_loader(data_loader, model, device, num_batches=None):
    if len(data_loader) == 0:
        return float("nan")
    wanted = len(data_loader) if num_batches is None else min(num_batches, len(data_loader))
    total_loss = 0.0
    for i, (x, y) in enumerate(data_loader):
        if i >= wanted:
            break
        total_loss += calc_loss_batch(x, y, model, device).item()
    return total_loss / wanted


def evaluate_model(model, train_loader, val_loader, device, eval_iter):
    model.eval()
    with torch.no_grad():
        losses = [calc_loss_loader(one, model, device, eval_iter) for one in (train_loader, val_loader)]
    model.train()
    return losses


def generate_and_print_sample(model, tokenizer, device, start_context):
    model.eval()
    encoded = text_to_token_ids(start_context, tokenizer).to(device)
    ids = generate_text_simple(model, encoded, max_new_tokens=10, context_size=model.pos_emb.weight.shape[0])
    print(token_ids_to_text(ids, tokenizer))
    model.train()


def train_model_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, start_context, tokenizer
):
    curve = {"train": [], "val": [], "tokens": []}
    seen = step = 0
    for _ in range(num_epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            calc_loss_batch(x, y, model, device).backward()
            optimizer.step()
            seen += x.numel()
            if step % eval_freq == 0:
                train, val = evaluate_model(model, train_loader, val_loader, device, eval_iter)
                for name, value in (("train", train), ("val", val), ("tokens", seen)):
                    curve[name].append(value)
            step += 1
        generate_and_print_sample(model, tokenizer, device, start_context)
    return curve["train"], curve["val"], curve["tokens"]
