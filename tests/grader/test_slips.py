"""Wrong solutions as people write them: the headline is the cause, and only checks about it are red.

Each exercise has a correct solution in a style of its own, and slips as edits of it.
"""

from __future__ import annotations

import pytest

from exercises.course import Course
from tests.support.grading import Service

HEADER = "import math, re, torch\nfrom torch import nn\nimport torch.nn.functional as F\n"

SOLUTIONS = {
    "stable-softmax": """def softmax(x, dim=-1):
    m = x.max(dim=dim, keepdim=True).values
    e = torch.exp(x - m)
    return e / e.sum(dim=dim, keepdim=True)
""",
    "logistic-loss": """def logistic_loss(x, w, b, y):
    z = x @ w + b
    return (torch.logaddexp(z, torch.zeros_like(z)) - y * z).mean()
""",
    "mlp-module": """class NeuralNetwork(nn.Module):
    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_inputs, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, num_outputs)
        )
    def forward(self, x):
        return self.layers(x)
""",
    "bpe-pairs": """def get_stats(ids, counts=None):
    counts = {} if counts is None else counts
    for p in zip(ids, ids[1:]):
        counts[p] = counts.get(p, 0) + 1
    return counts
def merge(ids, pair, idx):
    out, i = [], 0
    while i < len(ids):
        if i + 1 < len(ids) and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            out.append(idx); i += 2
        else:
            out.append(ids[i]); i += 1
    return out
""",
    "tokenizer-v2": '''import re
class SimpleTokenizerV2:
    def __init__(self, vocab):
        self.str_to_int = vocab
        self.int_to_str = {i: s for s, i in vocab.items()}
    def encode(self, text):
        parts = [p.strip() for p in re.split(r"""([,.:;?_!"()']|--|\\s)""", text) if p.strip()]
        parts = [p if p in self.str_to_int else "<|unk|>" for p in parts]
        return [self.str_to_int[p] for p in parts]
    def decode(self, ids):
        text = " ".join(self.int_to_str[i] for i in ids)
        return re.sub(r"""\\s+([,.:;?!"()'])""", r"\\1", text)
''',
    "causal-attention": """class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.d_out = d_out
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1))
    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.W_query(x), self.W_key(x), self.W_value(x)
        s = q @ k.transpose(1, 2)
        s = s.masked_fill(self.mask.bool()[:t, :t], -torch.inf)
        w = self.dropout(torch.softmax(s / k.shape[-1] ** 0.5, dim=-1))
        return w @ v
""",
    "layer-norm": """class LayerNorm(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.eps = 1e-5
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.shift = nn.Parameter(torch.zeros(emb_dim))
    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        var = x.var(dim=-1, keepdim=True, unbiased=False)
        return self.scale * (x - mean) / torch.sqrt(var + self.eps) + self.shift
""",
    "train-epoch": """def train_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)
""",
    "gpt-model": """from parts import LayerNorm, TransformerBlock
class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.Sequential(*[TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
    def forward(self, in_idx):
        b, t = in_idx.shape
        x = self.tok_emb(in_idx) + self.pos_emb(torch.arange(t, device=in_idx.device))
        x = self.drop_emb(x)
        x = self.trf_blocks(x)
        x = self.final_norm(x)
        return self.out_head(x)
""",
    "self-attention-v2": """class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
    def forward(self, x):
        q = self.W_query(x); k = self.W_key(x); v = self.W_value(x)
        w = torch.softmax(q @ k.T / k.shape[-1] ** 0.5, dim=-1)
        return w @ v
def copy_weights(sa_v1, sa_v2):
    with torch.no_grad():
        for n in ("W_query", "W_key", "W_value"):
            getattr(sa_v1, n).copy_(getattr(sa_v2, n).weight.T)
""",
}

# (exercise, text in the solution, its replacement, the named mistake or words of the headline, red checks at most)
SLIPS = [
    ("stable-softmax", "x - m", "x", "no-shift", 1),
    ("stable-softmax", "x.max(dim=dim, keepdim=True).values", "x.max()", "one-maximum", 1),
    ("stable-softmax", "e.sum(dim=dim, keepdim=True)", "e.sum(dim=-1, keepdim=True)", "sum-along-the-last", 1),
    ("stable-softmax", "e.sum(dim=dim, keepdim=True)", "e.sum(dim=dim)", "sum-without-keepdim", 1),
    (
        "stable-softmax",
        "def softmax(x, dim=-1):",
        "def softmax(x, axis=-1):\n    dim = axis",
        "says: `softmax` does not accept the arguments that the task passes: softmax",
        1,
    ),
    ("logistic-loss", ".mean()", ".sum()", "sum", 1),
    (
        "logistic-loss",
        "    return (torch.logaddexp(z, torch.zeros_like(z)) - y * z).mean()",
        "    p = torch.sigmoid(z)\n    return -(y * torch.log(p + 1e-10) + (1 - y) * torch.log(1 - p + 1e-10)).mean()",
        "epsilon-in-log",
        1,
    ),
    ("logistic-loss", "- y * z", "+ y * z", "label-added", 1),
    ("logistic-loss", "x @ w + b", "x @ w", "edit:term", 1),
    (
        "logistic-loss",
        "    return (torch.logaddexp(z, torch.zeros_like(z)) - y * z).mean()",
        "    p = torch.sigmoid(z)\n    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()",
        "log-of-sigmoid",
        1,
    ),
    ("mlp-module", "return self.layers(x)", "return torch.softmax(self.layers(x), dim=-1)", "softmax-at-end", 1),
    ("mlp-module", "        super().__init__()\n", "", "no-super", 1),
    ("mlp-module", "nn.ReLU(), nn.Linear(20", "nn.Linear(20", "no-second-relu", 1),
    ("mlp-module", "nn.ReLU(), nn.Linear(30", "nn.GELU(), nn.Linear(30", "says: Your `NeuralNetwork", 1),
    ("mlp-module", "30", "25", "says: Your `NeuralNetwork", 2),
    ("bpe-pairs", "while i < len(ids):", "while i < len(ids) - 1:", "last-dropped", 1),
    ("bpe-pairs", "i += 2", "i += 1", "merge-overlaps", 1),
    ("bpe-pairs", "counts.get(p, 0) + 1", "counts.get(p, 1) + 1", "counts-from-one", 1),
    (
        "bpe-pairs",
        "def get_stats(ids, counts=None):\n    counts = {} if counts is None else counts",
        "def get_stats(ids):\n    counts = {}",
        "says: `get_stats` does not accept the arguments that the task passes: get_st",
        1,
    ),
    ("bpe-pairs", "ids[i] == pair[0] and ids[i + 1] == pair[1]", "ids[i] == pair[0]", "half-is-enough", 1),
    ("tokenizer-v2", '"<|unk|>"', '"<|unknown|>"', "wrong-token", 1),
    (
        "tokenizer-v2",
        'parts = [p if p in self.str_to_int else "<|unk|>" for p in parts]',
        "parts = [p for p in parts if p in self.str_to_int]",
        "unknown-skipped",
        1,
    ),
    ("tokenizer-v2", "([,.:;?_!\"()']|--|\\s)", "(?:[,.:;?_!\"()']|--|\\s)", "separators-lost", 1),
    ("tokenizer-v2", 'return re.sub(r"""\\s+([,.:;?!"()\'])""", r"\\1", text)', "return text", "space-before-marks", 1),
    ("tokenizer-v2", "|--|", "|", "dashes-glued", 1),
    ("causal-attention", "s = s.masked_fill(", "s.masked_fill(", "no-mask", 1),
    ("causal-attention", "W_query", "w_q", "says: Your `CausalAttention` has no `W_query`", 1),
    ("causal-attention", "diagonal=1", "diagonal=0", "mask-hides-itself", 1),
    (
        "causal-attention",
        "torch.softmax(s / k.shape[-1] ** 0.5, dim=-1)",
        "torch.softmax(s, dim=1)",
        "no-scale+softmax-over-queries",
        1,
    ),
    (
        "causal-attention",
        "self.dropout(torch.softmax(s / k.shape[-1] ** 0.5, dim=-1))\n        return w @ v",
        "torch.softmax(s / k.shape[-1] ** 0.5, dim=-1)\n        return w @ k",
        "no-dropout+keys-as-values",
        2,
    ),
    ("causal-attention", "self.mask.bool()[:t, :t]", "self.mask.bool()", "mask-not-cropped", 1),
    ("layer-norm", ", unbiased=False", "", "unbiased", 1),
    ("layer-norm", "torch.sqrt(var + self.eps)", "(torch.sqrt(var) + self.eps)", "eps-outside-root", 1),
    ("layer-norm", "self.scale", "self.gamma", "says: Your `LayerNorm` has no `scale`", 1),
    (
        "layer-norm",
        "mean = x.mean(dim=-1, keepdim=True)",
        "mean = x.mean(dim=0, keepdim=True)",
        "edit:number",
        1,
    ),
    ("layer-norm", "x.mean(dim=-1, keepdim=True)", "x.mean(dim=-1)", "no-keepdim", 1),
    ("train-epoch", "        optimizer.zero_grad()\n", "", "no-zero-grad", 1),
    (
        "train-epoch",
        "        loss.backward()\n        optimizer.step()\n",
        "        optimizer.step()\n        loss.backward()\n",
        "step-before-backward",
        1,
    ),
    (
        "train-epoch",
        "        optimizer.step()\n",
        "        nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n        optimizer.step()\n",
        "gradients-clipped",
        1,
    ),
    ("train-epoch", "return total / len(loader)", "return total", "sum-returned", 1),
    ("train-epoch", "model.train()", "model.eval()", "evaluation-mode", 1),
    ("gpt-model", "        x = self.final_norm(x)\n", "", "no-final-norm", 1),
    ("gpt-model", "self.tok_emb", "self.wte", "says: Your `GPTModel` has no `tok_emb`", 1),
    ("gpt-model", "return self.out_head(x)", "return self.out_head(x).softmax(-1)", "softmaxed", 1),
    ("gpt-model", " + self.pos_emb(torch.arange(t, device=in_idx.device))", "", "no-positions", 1),
    (
        "gpt-model",
        'nn.Sequential(*[TransformerBlock(cfg) for _ in range(cfg["n_layers"])])',
        'nn.Sequential(*[TransformerBlock(cfg)] * cfg["n_layers"])',
        "one-block-repeated",
        1,
    ),
    ("self-attention-v2", "q = self.W_query(x)", "q = self.W_key(x)", "queries-from-key-layer", 1),
    ("self-attention-v2", " / k.shape[-1] ** 0.5", "", "no-scale", 1),
    ("self-attention-v2", "dim=-1", "dim=0", "softmax-over-queries", 1),
    ("self-attention-v2", "getattr(sa_v2, n).weight.T", "getattr(sa_v2, n).weight", "copied-unturned", 1),
    ("self-attention-v2", "bias=qkv_bias", "bias=True", "bias-always", 1),
]


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_the_solutions_are_correct(service: Service, course: Course, exercise: str) -> None:
    verdict = service.check(course.exercise(exercise), HEADER + SOLUTIONS[exercise])
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(("exercise", "text", "replacement", "cause", "most_red"), SLIPS)
def test_the_headline_is_the_cause(
    service: Service, course: Course, exercise: str, text: str, replacement: str, cause: str, most_red: int
) -> None:
    source = SOLUTIONS[exercise].replace(text, replacement)
    assert source != SOLUTIONS[exercise]
    verdict = service.check(course.exercise(exercise), HEADER + source)
    assert verdict.outcome == "failed"
    if cause.startswith("says: "):
        assert verdict.mistake is None or verdict.mistake.is_rule, verdict.mistake
        assert cause.removeprefix("says: ") in verdict.message
    else:
        assert verdict.mistake is not None and verdict.mistake.id == cause
        assert verdict.message.startswith(verdict.mistake.says)
    red = [check.title for check in verdict.checks if check.outcome == "failed"]
    assert len(red) <= most_red, red
