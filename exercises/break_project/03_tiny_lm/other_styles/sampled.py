"""Draws windows by indexing, and trains with Adam and a cosine learning rate schedule."""

import contextlib

import torch
from parts import InputEmbedding, TransformerBlock
from torch import nn
from torch.nn import functional as F


class GPTLanguageModel(nn.Module):
    def __init__(self, config, vocab_size):
        super().__init__()
        self.embed = InputEmbedding(vocab_size, config["context_length"], config["emb_dim"])
        self.blocks = nn.ModuleList(TransformerBlock(config) for _ in range(config["n_layers"]))
        self.ln_f = nn.LayerNorm(config["emb_dim"])
        self.lm_head = nn.Linear(config["emb_dim"], vocab_size)
        self.p = config["drop_rate"]

    def forward(self, idx):
        x = F.dropout(self.embed(idx), self.p, self.training)
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.ln_f(x))


@contextlib.contextmanager
def seeded(seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)


def train_char_lm(text, cfg, steps, seed):
    chars = sorted(set(text))
    stoi = {ch: i for i, ch in enumerate(chars)}
    itos = dict(enumerate(chars))
    encode = lambda s: [stoi[c] for c in s]  # noqa: E731
    decode = lambda l: "".join([itos[int(i)] for i in l])  # noqa: E731, E741
    data = torch.tensor(encode(text), dtype=torch.long)
    n = int(0.9 * len(data))
    train_data, val_data = data[:n], data[n:]
    block_size = cfg["context_length"]

    def get_batch(split):
        source = train_data if split == "train" else val_data
        ix = torch.randint(len(source) - block_size, (24, 1)) + torch.arange(block_size)
        return source[ix], source[ix + 1]

    @torch.no_grad()
    def estimate_loss():
        model.eval()
        xb, yb = get_batch("val")
        loss = F.cross_entropy(model(xb).transpose(1, 2), yb)
        model.train()
        return loss

    with seeded(seed):
        model = GPTLanguageModel(dict(cfg, qkv_bias=True), len(chars))
        optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=max(1, steps), eta_min=4e-4)
        for step in range(steps):
            if step % 200 == 0:
                print(f"step {step}: validation loss {estimate_loss():.3f}")
            xb, yb = get_batch("train")
            loss = F.cross_entropy(model(xb).transpose(1, 2), yb)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return model.eval(), encode, decode
