"""Handles the rows one by one, and multiplies the product by the scales rather than the weight."""

import torch


def quantize(weight, bits=8):
    limit = 127 if bits == 8 else 7
    codes = torch.empty(weight.shape, dtype=torch.int8, device=weight.device)
    scales = []
    for row, values in enumerate(weight.detach()):
        top = max(values.max(), -values.min())
        scale = top / limit if top != 0 else torch.ones_like(top)
        codes[row] = (values / scale).round()
        scales.append(scale)
    return codes, torch.stack(scales).reshape(-1, 1)


def dequantize(codes, scale):
    return torch.mul(codes, scale)


class QuantizedLinear(torch.nn.Module):
    def __init__(self, linear, bits):
        super().__init__()
        codes, scale = quantize(linear.weight, bits)
        self.register_buffer("codes", codes)
        self.register_buffer("scale", scale)
        self.bias = linear.bias

    def forward(self, x):
        out = (x @ self.codes.to(x.dtype).T) * self.scale.squeeze(1)
        return out if self.bias is None else out + self.bias
