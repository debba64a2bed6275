"""Checks each weight by its path, the shapes, that the weights can be trained, and the logits of the loaded model."""

import re

import torch
from torch.nn import functional as F

from exercises.kit import Diagnosis, compare, diagnose, numbers, token_ids, values_for

CALL = "after `load_weights_into_gpt(gpt, params)`"


def origin(path, actual, expected):
    """Returns which numbers a wrong weight has: "" if unknown, its initial ones, its own without the transpose, with
    a reshape in its place or plus 1, or the first ones of a different weight."""
    if not isinstance(actual, torch.Tensor) or actual.shape != expected[path].shape:
        return ""
    if torch.allclose(actual, values_for(path, actual), atol=1e-5):
        return "not-loaded"
    if actual.dim() == 2 and are_close(actual.T, expected[path]):
        return "not-transposed"
    if actual.dim() == 2 and are_close(actual.flatten(), expected[path].T.flatten()):
        return "reshaped"
    if are_close(actual, expected[path] + 1):
        return "plus-one"
    return next((f"`gpt.{other}`" for other, right in expected.items() if are_close(actual, right[: len(actual)])), "")


def same_kind(path, source):
    """Returns a layer and the layer whose weight or bias it has, with [i] for its block, or None."""
    (block, place, kind), (other, origin, other_kind) = (
        re.fullmatch(r"(trf_blocks\[\d+\]|)(.*)\.(\w+)", text).groups() for text in (path, source)
    )
    if block != other or kind != other_kind:
        return None
    prefix = "trf_blocks[i]" if block else ""
    return f"{prefix}{place}", f"`gpt.{prefix}{origin}`"


def are_close(first, second):
    return first.shape == second.shape and torch.allclose(first, second, atol=1e-5)


def diagnosis(data, expected):
    """Returns what is wrong if it can be told of every wrong weight, else None."""
    wrong = [path for path, weight in expected.items() if compare.difference(data[path], weight) is not None]
    by_origin = {}
    for path in wrong:
        place, source = path, origin(path, data[path], expected)
        if source.startswith("`") and (same := same_kind(path, source[5:-1])):
            place, source = same
        if place not in by_origin.setdefault(source, []):
            by_origin[source].append(place)
    if not wrong or "" in by_origin or len(by_origin) > 4:
        return None
    says = {
        "not-loaded": "does not load {}",
        "not-transposed": "loads {} without the transpose of w",
        "reshaped": "reshapes the w of {}",
        "plus-one": "adds 1 to the numbers of {}",
    }
    parts = [
        says.get(kind, f"loads the numbers of {kind} into {{}}").format(listed(by_origin[kind])) for kind in by_origin
    ]
    return Diagnosis(
        "-".join(sorted({kind if kind in says else "misplaced" for kind in by_origin})),
        f"Yours {', and '.join(parts)}; it should load each weight from its own array, as the page's table says"
        f"{', and transpose every w' if {'not-transposed', 'reshaped'} & by_origin.keys() else ''}.",
        explains_values=True,
    )


def listed(paths):
    shown = [f"`gpt.{path}`" for path in paths[:3]]
    return ", ".join(shown) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def test_assign(run):
    """assign returns the numbers of right

    Page: "`assign(left, right)` returns the numbers of `right` as an `nn.Parameter`"
    """
    data, expected = run("assigned"), run.reference("assigned")
    for shape, right in expected.items():
        run.equal(data[shape], right, what=f"result of `assign(left, right)` for two of shape {shape}")


def test_loaded(run):
    """Every weight has the right numbers

    Page: "replaces every weight of `gpt`"
    """
    data, expected = run("loaded"), run.reference("loaded")
    if data.get("raised"):
        turned = [path for path in expected if origin(path, data[path], expected) == "not-transposed"]
        loads = f"loads {listed(turned)} without the transpose of w, and " if turned else ""
        raise Diagnosis(
            "shapes-refused",
            f"Yours {loads}raises the error of assign for a model of the right sizes, so a weight gets a wrong array "
            "or one that is not transposed; it should load each weight from its own array, and transpose every w.",
            explains_values=True,
        )
    if told := diagnosis(data, expected):
        raise told
    for path, weight in expected.items():
        run.equal(data[path], weight, what=f"`gpt.{path}` {CALL}")


def test_parameter(run):
    """assign returns a parameter that can be trained

    Page: "as an `nn.Parameter` that requires gradients"
    """
    data = run("kind_of_result")
    assert data["is_parameter"], "Your assign returns no nn.Parameter; wrap the tensor: torch.nn.Parameter(…)."
    assert data["requires_grad"], "The parameter that your assign returns has requires_grad=False; it should be True."


def test_assign_refuses(run):
    """assign raises a ValueError if the shapes differ

    Page: "If the two shapes differ, it raises a `ValueError`"
    """
    for shapes, is_refused in run("refused").items():
        assert not isinstance(is_refused, str), (
            f"Your assign raises {is_refused} for the shapes {shapes}; it should raise a ValueError."
        )
        assert is_refused, (
            f"Your assign accepts the shapes {shapes}; compare left.shape with right.shape and raise a ValueError."
        )


def test_other_model(run, note):
    """A model of a different size raises an error

    Page: "a model of a different size must raise an error"
    """
    for size, is_refused in run("other_model").items():
        assert is_refused, (
            f"Your load_weights_into_gpt accepts a model whose {size} is not that of params; use assign for every "
            "weight, so that each shape is compared."
        )
    if not run("without_biases"):
        note(
            "For a model with qkv_bias=False your function raises no error and leaves GPT-2's biases out. Such a model "
            "does not compute what GPT-2 computes; create it with qkv_bias=True."
        )


def test_logits(run):
    """The loaded model computes what GPT-2 computes

    Page: "y = x · w + b"
    """
    run.equal(run("logits"), gpt2_logits(token_ids(2, 5, vocab_size=9)), what=f"result of `gpt(in_idx)` {CALL}")


def gpt2_logits(ids, heads=2, emb_dim=6):
    """GPT-2's logits, from the arrays themselves."""

    def array(name, *shape):
        return numbers(*shape, seed=f"gpt2 {name}") * 0.4

    def linear(x, name, outputs):
        return x @ array(f"{name}.w", x.shape[-1], outputs) + array(f"{name}.b", outputs)

    def norm(x, name):
        return F.layer_norm(x, (emb_dim,), array(f"{name}.g", emb_dim) + 1, array(f"{name}.b", emb_dim))

    table = array("wte", 9, emb_dim)
    x = table[ids] + array("wpe", 5, emb_dim)[: ids.shape[1]]
    for i in range(2):
        qkv = linear(norm(x, f"{i}.ln_1"), f"{i}.c_attn", 3 * emb_dim).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in qkv)
        context = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + linear(context, f"{i}.a", emb_dim)
        hidden = F.gelu(linear(norm(x, f"{i}.ln_2"), f"{i}.c_fc", 4 * emb_dim), approximate="tanh")
        x = x + linear(hidden, f"{i}.m", emb_dim)
    return norm(x, "ln_f") @ table.T


def test_other_sizes(run):
    """It works for any number of blocks and any sizes

    Page: "for each block"
    """
    run.vary("loaded", cases=3, what=f"dict of weights {CALL}")


def test_trainable(run):
    """The loaded weights can be trained

    Page: "Afterwards all weights can be trained"
    """
    stuck = [path for path, can_train in run("afterwards")["trainable"].items() if not can_train]
    says = (
        f"Yours leaves {listed(stuck)} untrainable; each weight should be a parameter of gpt with requires_grad=True."
    )
    diagnose(not stuck, "not-trainable", says)


def test_copies(run):
    """The model and params share no numbers

    Page: "The model gets copies"
    """
    data = run("afterwards")
    for path, weight in data["before"].items():
        assert torch.equal(weight, data["after_change"][path]), (
            f"`gpt.{path}` changes when an array in params does, so training would change params too. "
            "torch.from_numpy and torch.as_tensor share memory; torch.tensor copies."
        )


def test_params_unchanged(run):
    """params are not changed

    Page: "`params` stay as they are"
    """
    says = "Your load_weights_into_gpt changes arrays in params; it should leave them as they are."
    diagnose(run("afterwards")["params_same"], "params-changed", says)


def test_second_model(run):
    """Loading into a second model does not change the first

    Page: "replaces every weight of `gpt`"
    """
    data = run("afterwards")
    for path, weight in data["before"].items():
        assert torch.equal(weight, data["after_second"][path]), (
            f"`gpt.{path}` changes when different weights are loaded into a second model; the models should share "
            "nothing."
        )
