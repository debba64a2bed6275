"""Writes out Adam and the cross-entropy, and shares the weights of the embedding and the output layer."""

import torch
from parts import TransformerBlock
from torch import nn


def train_char_lm(text, cfg, steps, seed):
    vocabulary = {}
    for character in text:
        vocabulary.setdefault(character, len(vocabulary))
    names = {idx: character for character, idx in vocabulary.items()}

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            width = cfg["emb_dim"]
            self.table = nn.Parameter(torch.randn(len(vocabulary), width) * 0.3)
            self.places = nn.Parameter(torch.randn(cfg["context_length"], width) * 0.3)
            self.drop = nn.Dropout(cfg["drop_rate"])
            self.stack = nn.ModuleList([TransformerBlock({"qkv_bias": False, **cfg}) for _ in range(cfg["n_layers"])])
            self.norm = nn.LayerNorm(width)

        def forward(self, ids):
            x = self.drop(self.table[ids] + self.places[: ids.shape[1]])
            for block in self.stack:
                x = block(x)
            return self.norm(x) @ self.table.T  # the output layer shares the embedding table

    ids = torch.tensor([vocabulary[character] for character in text])
    train, span = ids[: int(len(ids) * 0.9)], cfg["context_length"]
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Model().train()
    weights = list(model.parameters())
    mean = [torch.zeros_like(w) for w in weights]
    square = [torch.zeros_like(w) for w in weights]
    windows = train.unfold(0, span + 1, 1)
    for step in range(1, steps + 1):
        batch = windows[torch.randint(len(windows), (32,), generator=generator)]
        log_probs = model(batch[:, :-1]).log_softmax(-1)
        loss = -log_probs.gather(-1, batch[:, 1:, None]).mean()
        for w in weights:
            w.grad = None
        loss.backward()
        with torch.no_grad():
            for w, m, v in zip(weights, mean, square, strict=True):
                m.lerp_(w.grad, 0.1)
                v.lerp_(w.grad**2, 0.01)
                w -= 3e-3 * (m / (1 - 0.9**step)) / ((v / (1 - 0.99**step)).sqrt() + 1e-8)
    torch.random.set_rng_state(state)
    model.train(False)
    return model, lambda s: [vocabulary[c] for c in s], lambda i: "".join(names[int(x)] for x in i)
