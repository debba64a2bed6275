"""Checks that groups are shared by the right heads, then what all causal attention needs."""

import torch

from exercises.kit import Diagnosis


def test_output(run):
    """The output is correct

    Page: "merged heads, out_proj"
    """
    run.same("output", what="result of `GroupedQueryAttention(5, 12, 0.0, 6, 2)(x)` for x of shape (2, 5, 5)")


def test_layers(run):
    """The key and value layers are smaller than the query layer

    Page: "only G = num_kv_groups key heads and value heads"
    """
    expected = {"W_query": (12, 5), "W_key": (4, 5), "W_value": (4, 5), "out_proj": (12, 12)}
    for name, shape in run("layers").items():
        if tuple(shape) != expected[name]:
            raise Diagnosis(
                "layer-sizes",
                f"With d_in=5, d_out=12, 6 heads and 2 groups, D is 2, and the weight of `{name}` should have shape "
                f"{expected[name]}; yours has {tuple(shape)}.",
            )


def test_groups(run):
    """Neighboring query heads share a group

    Page: "the query heads 0, 1 and 2 use group 0"
    """
    changed = (run("groups_apart").abs() > 1e-4).flatten(0, 1).any(0).unflatten(0, (6, 2)).any(1).tolist()
    heads = ", ".join(str(head) for head, is_changed in enumerate(changed) if is_changed) or "none"
    hint = " Use repeat_interleave, which puts the copies of a group next to each other." if sum(changed) == 3 else ""
    assert changed == [False] * 3 + [True] * 3, (
        "With 6 heads and 2 groups, group 1's values should change exactly the query heads 3, 4 and 5; they change "
        f"{heads}.{hint}"
    )


def test_future_is_hidden(run):
    """No token attends to later tokens

    Page: "Each token attends only to itself and earlier tokens."
    """
    data = run("perturbed")
    for position in range(3):
        assert torch.allclose(data["before"][:, position], data["after"][:, position], atol=1e-5, equal_nan=True), (
            f"Your output at position {position} changes with the tokens at positions 3 and 4; mask later tokens."
        )


def test_from_one_group_to_all(run):
    """One group, and as many groups as heads, work too

    Page: "With G = H it is multi-head attention."
    """
    run.same("all_heads", what="result of `GroupedQueryAttention(5, 12, 0.0, 6, 6)(x)`")
    run.same("one_group", what="result of `GroupedQueryAttention(5, 12, 0.0, 6, 1)(x)`")


def test_other_sizes(run):
    """It works for any batch size, length and sizes, with and without biases

    Page: "T is not limited"
    """
    run.vary("output", what="output", cases=8)
    run.same("with_bias", what="output with qkv_bias=True")
    if run("limited"):
        raise Diagnosis(
            "length-limited",
            "Yours raises an error for 1,100 tokens, although T is not limited; create the mask in `forward`, for the "
            "T tokens of x.",
        )


def test_against_torch(run):
    """The heads match PyTorch's attention

    Page: "queries · repeated keysᵀ / √D"
    """
    from exercises.kit import tokens, values_for

    x = tokens(2, 5, 5)
    q = x @ values_for("W_query.weight", torch.empty(12, 5)).T
    k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 5)).T for name in ("W_key", "W_value"))
    heads = [
        torch.nn.functional.scaled_dot_product_attention(
            q[..., 2 * head : 2 * head + 2], k[..., group : group + 2], v[..., group : group + 2], is_causal=True
        )
        for head, group in enumerate((0, 0, 0, 2, 2, 2))
    ]
    expected = torch.cat(heads, dim=-1) @ values_for("out_proj.weight", torch.empty(12, 12)).T
    run.equal(run("output"), expected, what="result of `GroupedQueryAttention(5, 12, 0.0, 6, 2)(x)`")


def test_arguments_by_name(run):
    """Arguments have the book's names

    Page: "num_kv_groups, dtype=None, qkv_bias=False)"
    """
    run.same("by_name", what="output of a module with 6 heads and 3 groups, created with named arguments")


def test_refuses_what_does_not_divide(run):
    """Numbers that do not divide raise an error

    Page: "raise an error in `__init__`"
    """
    for case, is_refused in run("indivisible").items():
        if not is_refused:
            raise Diagnosis(
                "nothing-refused",
                f"GroupedQueryAttention with {case} should raise an error in __init__; yours does not.",
            )


def test_bias(run):
    """W_query, W_key and W_value have a bias only if qkv_bias is True

    Page: "have a bias only if `qkv_bias` is True"
    """
    for bias, layers in run("biases").items():
        for name, has in layers.items():
            if has != bias:
                raise Diagnosis("bias", f"With qkv_bias={bias}, your {name} {'has a' if has else 'has no'} bias.")


def test_dtype_of_weights(run):
    """All four layers have weights of dtype

    Page: "All four layers have weights of `dtype`; None means PyTorch's default."
    """
    for dtype, layers in run("dtypes").items():
        for name, actual in layers.items():
            expected = "float32" if dtype == "None" else dtype
            if actual != expected:
                raise Diagnosis(
                    "dtype-of-weights",
                    f"With dtype={dtype}, the weight of your `{name}` is {actual}; it should be {expected}. Pass "
                    "dtype=dtype to nn.Linear.",
                )


def test_dropout_while_training(run):
    """Attention weights are dropped in training

    Page: "Dropout acts on the weights of each head, and only in training."
    """
    data = run("dropped")
    if not data["share"]:
        raise Diagnosis(
            "dropout",
            "With dropout=0.4 your code never drops a single token's attention weight. Apply dropout to the "
            "weights, after the softmax and before the product with the values.",
        )
    if not data["whole"]:
        raise Diagnosis(
            "dropout",
            "Your code drops single numbers of a head's output. Apply dropout to the attention weights instead.",
        )
    if not data["independent"]:
        raise Diagnosis(
            "dropout",
            "Your code drops the same weights in every head or sequence; draw a random number for each weight.",
        )
    if data["share"] != 0.4:
        raise Diagnosis(
            "dropout", f"With dropout=0.4 your code drops about {data['share']:.0%} of the weights; it should drop 40%."
        )
    if data["factors"] != [0.0, 1.67]:
        raise Diagnosis(
            "dropout",
            "With dropout=0.4 a weight should be multiplied by 0 or by 1 / (1 - 0.4) = 1.67; "
            f"yours are multiplied by {' or '.join(str(factor) for factor in data['factors'])}.",
        )


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode

    Page: "only in training"
    """
    data = run("in_evaluation")
    if not torch.allclose(data["with"], data["without"], atol=1e-5, equal_nan=True):
        raise Diagnosis(
            "dropout-in-evaluation",
            "In evaluation mode your output with dropout=0.4 differs from the one with dropout=0.0.",
        )
