import torch


def split_heads(x: torch.Tensor, num_heads: int) -> torch.Tensor:
    b, num_tokens, d_out = x.shape
    head_dim = d_out // num_heads
    x = x.view(b, num_tokens, num_heads, head_dim)
    return x.permute(0, 2, 1, 3)


def merge_heads(x: torch.Tensor) -> torch.Tensor:
    b, num_heads, num_tokens, head_dim = x.shape
    x = x.transpose(1, 2).contiguous()
    return x.view(b, num_tokens, num_heads * head_dim)
