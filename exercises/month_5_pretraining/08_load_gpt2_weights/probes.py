"""Probes for assign and load_weights_into_gpt: a small GPTModel, and small arrays in GPT-2's layout."""

import re

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, fill, lookup, numbers, token_ids


class LayerNorm(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.shift = nn.Parameter(torch.zeros(emb_dim))

    def forward(self, x):
        return nn.functional.layer_norm(x, x.shape[-1:], self.scale, self.shift)


class MultiHeadAttention(nn.Module):
    def __init__(self, emb_dim, num_heads, qkv_bias):
        super().__init__()
        self.num_heads = num_heads
        self.W_query = nn.Linear(emb_dim, emb_dim, bias=qkv_bias)
        self.W_key = nn.Linear(emb_dim, emb_dim, bias=qkv_bias)
        self.W_value = nn.Linear(emb_dim, emb_dim, bias=qkv_bias)
        self.out_proj = nn.Linear(emb_dim, emb_dim)

    def forward(self, x):
        heads = [layer(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
                 for layer in (self.W_query, self.W_key, self.W_value)]  # fmt: skip
        context = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
        return self.out_proj(context.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(emb_dim, 4 * emb_dim), nn.GELU(approximate="tanh"), nn.Linear(4 * emb_dim, emb_dim)
        )

    def forward(self, x):
        return self.layers(x)


class TransformerBlock(nn.Module):
    def __init__(self, emb_dim, num_heads, qkv_bias):
        super().__init__()
        self.att = MultiHeadAttention(emb_dim, num_heads, qkv_bias)
        self.ff = FeedForward(emb_dim)
        self.norm1 = LayerNorm(emb_dim)
        self.norm2 = LayerNorm(emb_dim)

    def forward(self, x):
        x = x + self.att(self.norm1(x))
        return x + self.ff(self.norm2(x))


class GPTModel(nn.Module):
    """The book's GPTModel, without dropout."""

    def __init__(self, vocab_size, context_length, emb_dim, num_heads, n_layers, qkv_bias=True):
        super().__init__()
        self.tok_emb = nn.Embedding(vocab_size, emb_dim)
        self.pos_emb = nn.Embedding(context_length, emb_dim)
        self.trf_blocks = nn.Sequential(*[TransformerBlock(emb_dim, num_heads, qkv_bias) for _ in range(n_layers)])
        self.final_norm = LayerNorm(emb_dim)
        self.out_head = nn.Linear(emb_dim, vocab_size, bias=False)

    def forward(self, in_idx):
        x = self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.shape[1]]
        return self.out_head(self.final_norm(self.trf_blocks(x)))


def model(layers=2, emb_dim=6, vocab_size=9, context_length=5, qkv_bias=True):
    return fill(GPTModel(vocab_size, context_length, emb_dim, 2, layers, qkv_bias))


def arrays(layers=2, emb_dim=6, vocab_size=9, context_length=5, seed="gpt2"):
    """Random weights in the layout of GPT-2's checkpoint, as the book's loader returns them."""

    def array(name, *shape):
        return (numbers(*shape, seed=f"{seed} {name}") * 0.4).numpy()

    def linear(name, inputs, outputs):
        return {"w": array(f"{name}.w", inputs, outputs), "b": array(f"{name}.b", outputs)}

    def norm(name):
        return {"g": array(f"{name}.g", emb_dim) + 1, "b": array(f"{name}.b", emb_dim)}

    def block(i):
        attn = {"c_attn": linear(f"{i}.c_attn", emb_dim, 3 * emb_dim), "c_proj": linear(f"{i}.a", emb_dim, emb_dim)}
        mlp = {"c_fc": linear(f"{i}.c_fc", emb_dim, 4 * emb_dim), "c_proj": linear(f"{i}.m", 4 * emb_dim, emb_dim)}
        return {"attn": attn, "mlp": mlp, "ln_1": norm(f"{i}.ln_1"), "ln_2": norm(f"{i}.ln_2")}

    return {
        "blocks": [block(i) for i in range(layers)],
        "wte": array("wte", vocab_size, emb_dim),
        "wpe": array("wpe", context_length, emb_dim),
        **norm("ln_f"),
    }


def arrays_of(params):
    """Every array of nested dictionaries and lists."""
    if isinstance(params, dict | list):
        for item in params.values() if isinstance(params, dict) else params:
            yield from arrays_of(item)
    else:
        yield params


def weights(gpt, layers):
    """The weights by path, as copies; raises where one is missing."""
    found = {}
    for path in paths(layers):
        weight = lookup(gpt, path)
        if not isinstance(weight, torch.Tensor):
            raise ProbeProblem(f"After your load_weights_into_gpt, `gpt.{path}` is missing or no tensor.")
        found[path] = weight.detach().clone()
    return found


def paths(layers):
    """The paths of all weights of a model, in the order of the page."""
    names = [f"att.{name}.{kind}" for kind in ("weight", "bias") for name in ("W_query", "W_key", "W_value")]
    names += ["att.out_proj.weight", "att.out_proj.bias"]
    names += [f"ff.layers[{i}].{kind}" for i in (0, 2) for kind in ("weight", "bias")]
    names += [f"norm{i}.{kind}" for i in (1, 2) for kind in ("scale", "shift")]
    blocks = [f"trf_blocks[{i}].{name}" for i in range(layers) for name in names]
    return ["tok_emb.weight", "pos_emb.weight", *blocks, "final_norm.scale", "final_norm.shift", "out_head.weight"]


SHAPES = "the shapes of a weight and of its array differ"
OTHER_ERRORS = "split|unpack|broadcast|reshape|NumPy"


def load(impl, gpt, params):
    """Calls load_weights_into_gpt. The error of assign gets one text, whatever a solution says in it."""
    try:
        impl.load_weights_into_gpt(gpt, params)
    except ValueError as error:
        if not re.search(OTHER_ERRORS, str(error)):
            error.args = (SHAPES,)
        raise


def loaded(impl, layers: Int[1, 3] = 2, emb_pairs: Int[1, 3] = 3, vocab_size: Int[3, 9] = 9):
    """The weights of a model with two heads by path, after they were loaded, and whether assign raised an error."""
    emb_dim = 2 * emb_pairs
    gpt = model(layers, emb_dim, vocab_size)
    try:
        load(impl, gpt, arrays(layers, emb_dim, vocab_size))
    except ValueError as error:
        if str(error) != SHAPES:
            raise
        return weights(gpt, layers) | {"raised": True}
    return weights(gpt, layers)


def logits(impl):
    """The logits of a model with two heads and loaded weights."""
    gpt = model()
    load(impl, gpt, arrays())
    return gpt(token_ids(2, 5, vocab_size=9))


def assigned(impl):
    """The results of assign for several shapes, in this order."""
    results = {}
    for shape in ((2, 3), (7,), (5, 4), (1, 6)):
        results[shape] = impl.assign(nn.Parameter(torch.zeros(shape)), numbers(*shape, seed="right").numpy())
    return results


def kind_of_result(impl):
    """Whether the result of assign is a parameter, and whether it can be trained."""
    result = impl.assign(nn.Parameter(torch.zeros(2, 3)), numbers(2, 3, seed="right").numpy())
    return {
        "is_parameter": isinstance(result, nn.Parameter),
        "requires_grad": isinstance(result, torch.Tensor) and result.requires_grad,
    }


def refused(impl):
    """Whether assign raises a ValueError, by the two shapes."""
    impl.assign(nn.Parameter(torch.zeros(2, 3)), numbers(2, 3).numpy())
    cases = {}
    for left, right in (((2, 3), (3, 2)), ((2, 3), (3,)), ((2, 3), (2, 1)), ((6,), (2, 3)), ((3,), (4,))):
        weight, array = nn.Parameter(torch.zeros(left)), numbers(*right).numpy()
        cases[f"{left} and {right}"] = raises(impl.assign, weight, array, error=ValueError)
    return cases


def raises(function, *arguments, error=Exception):
    try:
        function(*arguments)
    except error:
        return True
    except Exception as other:
        return type(other).__name__
    return False


def other_model(impl):
    """Whether loading into a model of a different size raises an error, by the difference."""
    impl.load_weights_into_gpt(gpt=model(), params=arrays())
    sizes = {"vocab_size": 8, "context_length": 4, "emb_dim": 9}
    return {name: raises(impl.load_weights_into_gpt, model(**{name: size}), arrays()) for name, size in sizes.items()}


def afterwards(impl):
    """Which weights can be trained by an optimizer, whether params are as before, and the weights before and after a
    change of params and a second loading into a different model."""
    gpt, params, original = model(), arrays(), arrays()
    load(impl, gpt, params)
    listed = {id(parameter) for parameter in gpt.parameters() if parameter.requires_grad}
    data = {
        "trainable": {path: id(lookup(gpt, path)) in listed for path in paths(2)},
        "params_same": all((a == b).all() for a, b in zip(arrays_of(params), arrays_of(original), strict=True)),
        "before": weights(gpt, 2),
    }
    load(impl, model(), arrays(seed="second"))
    data["after_second"] = weights(gpt, 2)
    for array in arrays_of(params):
        array += 1
    return data | {"after_change": weights(gpt, 2)}


def without_biases(impl):
    """Whether loading into a model with qkv_bias=False raises an error."""
    return raises(impl.load_weights_into_gpt, model(qkv_bias=False), arrays())
