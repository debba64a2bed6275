"""Sets the scales of zero rows with masked_fill; its layer is a subclass that copies the bias."""

from torch import nn, no_grad, round


@no_grad()
def quantize(weight, bits: int = 8):
    n = (1 << (bits - 1)) - 1
    scale = weight.abs().max(dim=-1, keepdim=True).values / n
    scale = scale.masked_fill(scale == 0, 1.0)
    return round(weight / scale).char(), scale


def dequantize(codes, scale):
    return codes.to(scale) * scale


class QuantizedLinear(nn.Module):
    def __init__(self, linear: nn.Linear, bits: int = 8):
        super().__init__()
        self.in_features, self.out_features, self.bits = linear.in_features, linear.out_features, bits
        for name, tensor in zip(("codes", "scale"), quantize(linear.weight, bits), strict=True):
            self.register_buffer(name, tensor)
        if linear.bias is None:
            self.register_parameter("bias", None)
        else:
            self.bias = nn.Parameter(linear.bias.detach().clone())

    def forward(self, x):
        return nn.functional.linear(x, dequantize(self.codes, self.scale), self.bias)
