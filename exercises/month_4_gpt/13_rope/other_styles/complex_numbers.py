"""Multiplies complex numbers, with the two halves of a head as real and imaginary parts."""

import torch


def compute_rope_params(head_dim, theta_base=10_000, context_length=4096, dtype=torch.float32):
    freqs = 1.0 / theta_base ** (torch.arange(0, head_dim, 2)[: head_dim // 2].double() / head_dim)
    angles = torch.outer(torch.arange(context_length).double(), freqs)
    freqs_cis = torch.polar(torch.ones_like(angles), angles)
    return freqs_cis.real.repeat(1, 2).to(dtype), freqs_cis.imag.repeat(1, 2).to(dtype)


def apply_rope(x, cos, sin):
    half = x.shape[-1] // 2
    freqs_cis = torch.complex(cos[: x.shape[2], :half].float(), sin[: x.shape[2], :half].float())
    as_complex = torch.complex(*x.float().chunk(2, dim=-1)) * freqs_cis
    return torch.cat([as_complex.real, as_complex.imag], -1).type_as(x)
