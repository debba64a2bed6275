"""Probes for quantize, dequantize and QuantizedLinear. No weight is exactly between two codes."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, fill, numbers, require

HIDDEN = ("_modules", "_parameters", "_buffers")  # the dictionaries of a module
EXAMPLE = [[0.51, -1.0, 0.3], [0.02, 0.0, 0.1]]


def weights(rows, columns):
    """A matrix whose rows have different sizes and whose largest values have both signs."""
    sizes = torch.tensor([0.05, 3.0, 1.0, 0.4, 20.0]).repeat(rows // 5 + 1)[:rows, None]
    return numbers(rows, columns, seed="weights") * sizes


def linear(bias=True, columns=6, rows=5):
    layer = nn.Linear(columns, rows, bias=bias)
    fill(layer)
    with torch.no_grad():
        layer.weight.copy_(weights(rows, columns))
    return layer


common = CommonProbes(
    lambda impl: impl.QuantizedLinear(linear(), 8).eval(), numbers(2, 6), numbers(4, 3, 6), numbers(1, 6)
)


def example(impl):
    """The codes and the scale of a small matrix."""
    codes, scale = impl.quantize(torch.tensor(EXAMPLE), 8)
    return {"codes": codes, "scale": scale}


def quantized(impl, rows: Int[1, 7] = 5, columns: Int[1, 9] = 6, eight: Int[0, 1] = 1):
    """The codes and the scale of a matrix, and the weights that they stand for."""
    codes, scale = impl.quantize(weights(rows, columns), 8 if eight else 4)
    return {"codes": codes, "scale": scale, "weight": impl.dequantize(codes, scale)}


def default(impl):
    """The codes without the argument bits, and with named arguments."""
    return [impl.quantize(weights(5, 6)), impl.quantize(bits=4, weight=weights(5, 6))]


def zeros(impl):
    """The codes and the scale of a matrix with a row of zeros and a row of small numbers."""
    weight = weights(3, 4)
    weight[1] = 0.0
    weight[2] *= 1e-6
    codes, scale = impl.quantize(weight, 8)
    return {"codes": codes, "scale": scale, "powers": scale.log10()}  # scales are compared by their powers of ten too


def errors(impl):
    """The difference of the weights from the dequantized ones, in scales, by bits."""
    weight = weights(20, 30)
    found = {}
    for bits in (8, 4):
        codes, scale = impl.quantize(weight.clone(), bits)
        found[f"{bits} bits"] = (impl.dequantize(codes, scale) - weight) / scale.reshape(-1, 1)
    return found


def one_row_larger(impl):
    """The codes and the scale of a matrix, before and after one row is multiplied by 100."""
    weight = weights(5, 6)
    before = impl.quantize(weight.clone(), 8)
    weight[3] *= 100
    return [list(before), list(impl.quantize(weight, 8))]


def given_codes(impl):
    """The weights of codes that are at the edges of their range."""
    codes = torch.tensor([[127, -127, 0], [7, -7, 100]], dtype=torch.int8)
    return impl.dequantize(codes, torch.tensor([[0.5], [0.03]]))


def dtypes(impl):
    """The dtypes of scale and dequantized weight, by that of the weight."""
    found = {}
    for dtype in (torch.float64, torch.bfloat16, torch.float16):
        codes, scale = impl.quantize(weights(3, 4).to(dtype), 8)
        found[str(dtype)] = [str(codes.dtype), str(scale.dtype), str(impl.dequantize(codes, scale).dtype)]
    return found


def output(impl, bits=8, bias=1, batch: Int[1, 4] = 2):
    """The output of a layer."""
    return impl.QuantizedLinear(linear(bool(bias)), bits).eval()(numbers(batch, 3, 6, seed="input"))


def kept(impl):
    """The sizes of what a layer with 5 rows of 6 weights keeps after a call."""
    original = linear()
    layer = impl.QuantizedLinear(original, 4)
    require(layer, "codes", "scale", "bias")
    layer(numbers(2, 6))
    large, seen = [], set()

    def visit(name, value):
        """Looks for floats in whatever a module holds: weights, buffers, modules, lists and dictionaries."""
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, torch.Tensor):
            if value.is_floating_point() and value.numel() >= 30:
                large.append(name)
        elif isinstance(value, nn.Module | dict | list | tuple):
            items = vars(value) if isinstance(value, nn.Module) else value
            for key, item in items.items() if isinstance(items, dict) else enumerate(items):
                visit(name if key in HIDDEN else f"{name}.{key}".strip("."), item)

    visit("", layer)
    return {
        "floats": large,
        "state": sorted(layer.state_dict()),
        "codes": str(layer.codes.dtype),
        "graph": layer.codes.requires_grad or layer.scale.requires_grad,
        "unchanged": torch.equal(original.weight, linear().weight) and original.weight.requires_grad,
    }


def trained_scale(impl):
    """Whether the scale is a parameter."""
    return [name for name, _ in impl.QuantizedLinear(linear(), 8).named_parameters()]
