"""Follows the book: torch.manual_seed, a tokenizer class, GPTDatasetV1, and epochs of a DataLoader."""

import torch
from parts import GPTDatasetV1, TransformerBlock
from torch import nn
from torch.utils.data import DataLoader


class CharTokenizer:
    def __init__(self, text):
        self.str_to_int = {c: i for i, c in enumerate(dict.fromkeys(text))}
        self.int_to_str = list(self.str_to_int)

    def encode(self, text, allowed_special=()):
        return [self.str_to_int[c] for c in text]

    def decode(self, ids):
        return "".join(map(self.int_to_str.__getitem__, ids))


class GPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Parameter(torch.randn(1, cfg["context_length"], cfg["emb_dim"]) * 0.1)
        self.drop = nn.Dropout(cfg["drop_rate"])
        self.layers = nn.Sequential(
            *(TransformerBlock(cfg) for _ in range(cfg["n_layers"])), nn.LayerNorm(cfg["emb_dim"])
        )
        self.head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"])

    def forward(self, x):
        return self.head(self.layers(self.drop(self.tok_emb(x) + self.pos_emb[:, : x.size(1)])))


def train_char_lm(text, cfg, steps, seed):
    tokenizer = CharTokenizer(text)
    split = round(0.9 * len(text))
    length = cfg["context_length"]
    torch.manual_seed(seed)
    windows = GPTDatasetV1(text[:split], tokenizer, max_length=length, stride=length // 2)
    loader = DataLoader(windows, batch_size=32, shuffle=True, drop_last=len(windows) > 32)
    model = GPT(cfg | {"vocab_size": len(tokenizer.int_to_str), "qkv_bias": False})
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.1)
    criterion = nn.CrossEntropyLoss()
    done = 0
    while done < steps:
        for inputs, targets in loader:
            if done == steps:
                break
            loss = criterion(model(inputs).flatten(0, 1), targets.flatten())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            done += 1
    model.eval()
    return model, tokenizer.encode, tokenizer.decode
