"""Derives nothing: an attention of its own with PyTorch's fused kernel, complex rotations, and nn.RMSNorm."""

import torch
from torch import nn
from torch.nn import functional as F


def rotate(x, angles):
    first, second = x.float().chunk(2, dim=-1)
    turned = torch.complex(first, second) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat((turned.real, turned.imag), dim=-1).type_as(x)


class Attention(nn.Module):
    def __init__(self, width, heads, groups, dtype):
        super().__init__()
        self.size = width // heads
        self.W_query, self.W_key, self.W_value, self.out_proj = (
            nn.Linear(width, rows, bias=False, dtype=dtype)
            for rows in (width, groups * self.size, groups * self.size, width)
        )

    def forward(self, x, angles):
        q, k, v = (
            layer(x).unflatten(-1, (-1, self.size)).transpose(1, 2)
            for layer in (self.W_query, self.W_key, self.W_value)
        )
        q, k = rotate(q, angles), rotate(k, angles)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.out_proj(heads.transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width, hidden, dtype):
        super().__init__()
        self.fc1, self.fc2 = (nn.Linear(width, hidden, bias=False, dtype=dtype) for _ in range(2))
        self.fc3 = nn.Linear(hidden, width, bias=False, dtype=dtype)

    def forward(self, x):
        return self.fc3(F.silu(self.fc1(x)) * self.fc2(x))


class Llama3Model(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        width, dtype = cfg["emb_dim"], cfg["dtype"]
        self.tok_emb = nn.Embedding(cfg["vocab_size"], width, dtype=dtype)
        self.trf_blocks = nn.ModuleList()
        for _ in range(cfg["n_layers"]):
            self.trf_blocks.append(
                nn.ModuleDict(
                    {
                        "norm1": nn.RMSNorm(width, eps=1e-5, dtype=dtype),
                        "att": Attention(width, cfg["n_heads"], cfg["n_kv_groups"], dtype),
                        "norm2": nn.RMSNorm(width, eps=1e-5, dtype=dtype),
                        "ff": Gated(width, cfg["hidden_dim"], dtype),
                    }
                )
            )
        self.final_norm = nn.RMSNorm(width, eps=1e-5, dtype=dtype)
        self.out_head = nn.Linear(width, cfg["vocab_size"], bias=False, dtype=dtype)
        size = width // cfg["n_heads"]
        speeds = cfg["rope_base"] ** (-torch.arange(0, size, 2).float() / size)
        self.register_buffer("angles", torch.outer(torch.arange(cfg["context_length"]).float(), speeds))

    def forward(self, in_idx):
        x = self.tok_emb(in_idx)
        angles = self.angles[: in_idx.shape[1]]
        for block in self.trf_blocks:
            x = x + block["att"](block["norm1"](x), angles)
            x = x + block["ff"](block["norm2"](x))
        return self.out_head(self.final_norm(x))
