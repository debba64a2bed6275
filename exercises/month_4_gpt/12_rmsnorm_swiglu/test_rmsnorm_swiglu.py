"""Checks the norm, then the gated feed-forward network."""

import torch

from exercises.kit import Diagnosis

MIXED = (
    "For a bfloat16 x and a float32 scale, your RMSNorm returns float32. In a model whose linear layers are bfloat16, "
    "the next layer raises an error then, unless the norm is converted too."
)


def test_norm_example(run):
    """RMSNorm gives the result of the worked example

    Page: "RMSNorm of one token of four numbers"
    """
    run.same("norm_example", what="result of `RMSNorm(4, 1e-8)(x)` for the token (3, -4, 0, 0)")


def test_norm_output(run):
    """RMSNorm is correct for other values of scale

    Page: "scale · normalized, elementwise"
    """
    run.same("norm_output", what="result of `RMSNorm(6, 1e-5)(x)` for x of shape (2, 4, 6)")


def test_swiglu_example(run):
    """FeedForward gives the result of the worked example

    Page: "SwiGLU of one number, 2, with the weights fc1 = 1, fc2 = 3, fc3 = 10"
    """
    run.same("swiglu_example", what="result of `FeedForward(cfg)(x)` for x = 2 and the weights 1, 3 and 10")


def test_swiglu_output(run):
    """FeedForward is correct for other weights

    Page: "output    (..., emb_dim)      fc3(hidden)"
    """
    run.same("swiglu_output", what="result of `FeedForward(cfg)(x)` for x of shape (2, 4, 6)")


def test_fresh(run):
    """Initially scale is 1

    Page: "`scale`, initially all ones"
    """
    numbers = run("norm_fresh").flatten().tolist()
    if not all(number == 1 for number in numbers):
        raise Diagnosis(
            "initial-scale",
            f"The numbers of `scale` in a new RMSNorm should all be 1; yours begin with {numbers[0]:.4g}.",
        )


def test_layers(run):
    """The three layers have the right sizes and no bias

    Page: "with the linear layers `fc1`, `fc2` and `fc3`, all without a bias"
    """
    shapes = {"fc1": [10, 6], "fc2": [10, 6], "fc3": [6, 10]}
    for name, layer in run("swiglu_layers").items():
        if layer["shape"] != shapes[name]:
            raise Diagnosis(
                "layers",
                f"With emb_dim=6 and hidden_dim=10, the weight of `{name}` should have shape {tuple(shapes[name])}; "
                f"yours has {tuple(layer['shape'])}.",
            )
        if layer["bias"]:
            raise Diagnosis("bias", f"Your `{name}` has a bias; pass bias=False to nn.Linear.")


def test_cfg_dtype(run):
    """The three layers have weights of cfg["dtype"]

    Page: "all three layers have weights of this dtype"
    """
    for expected, dtypes in run("swiglu_dtypes").items():
        for name, dtype in zip(("fc1", "fc2", "fc3"), dtypes, strict=True):
            if dtype != expected:
                raise Diagnosis(
                    "dtype-of-weights",
                    f"With cfg['dtype'] = torch.{expected}, the weight of your `{name}` is {dtype}; pass "
                    'dtype=cfg["dtype"] to nn.Linear.',
                )


def test_tokens_alone(run):
    """Each token is normalized separately

    Page: "of each token: mean of x²"
    """
    data = run("norm_perturbed")
    if not torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True):
        raise Diagnosis(
            "tokens-mixed",
            "The output of your RMSNorm for a token changes with other tokens; compute the mean over the last "
            "dimension.",
        )


def test_eps(run):
    """eps is the argument and is added inside the root

    Page: "Add eps *inside* the root, and use the argument"
    """
    for eps in (1e-5, 1e-3):  # both calls before the first comparison: together they tell the mistakes apart
        run("norm_small", eps=eps)
    for eps in (1e-5, 1e-3):
        run.same("norm_small", eps=eps, what=f"result of `RMSNorm(6, {eps:g})(x)` for numbers of about 0.001")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "`RMSNorm(emb_dim, eps=1e-5)`"
    """
    run.same("by_name", what="result of `RMSNorm(emb_dim=6, eps=0.001)(x)` and `FeedForward(cfg=cfg)(x)`")


def test_zeros(run):
    """A token of zeros does not give NaN

    Page: "Add eps *inside* the root"
    """
    if run("norm_zeros").isnan().any():
        raise Diagnosis(
            "nan-for-zeros", "For a token of zeros your RMSNorm computes 0/0 = NaN; add eps to the mean square."
        )


def test_half_precision(run, note):
    """RMSNorm is computed in float32 if the input is in half precision

    Page: "Compute RMSNorm in float32, also if x is in half precision"
    """
    hint = "Compute in float32 (the squares are too large for float16), and convert the result back."
    run.same("norm_half", what="result of `RMSNorm(6)(x)` for float16 numbers of about 300", hint=hint)
    if run.once("norm_mixed") != "bfloat16":  # both are accepted, so it is left out of the diagnosis
        note(MIXED)


def test_other_sizes(run):
    """Both work for any number of leading dimensions and any sizes

    Page: "The dots stand for any number of dimensions"
    """
    run.same("norm_two_dimensions", what="result of `RMSNorm(6, 1e-5)(x)` for x of shape (4, 6)")
    run.same("swiglu_two_dimensions", what="result of `FeedForward(cfg)(x)` for x of shape (4, 6)")
    run.vary("norm_output", what="result of `RMSNorm(emb_dim, 1e-5)(x)`")
    run.vary("swiglu_output", what="result of `FeedForward(cfg)(x)`")


def test_against_torch(run):
    """The results match PyTorch's RMSNorm and SiLU

    Page: "silu(fc1(x)), silu(z) = z · sigmoid(z)"
    """
    from torch.nn import functional as F

    from exercises.kit import tokens, values_for

    x = tokens(2, 4, 6) * 2 + 1
    expected = F.rms_norm(x, (6,), values_for("scale", torch.empty(6)), 1e-5)
    run.equal(run("norm_output"), expected, what="result of `RMSNorm(6, 1e-5)(x)` for x of shape (2, 4, 6)")
    x = tokens(2, 4, 6)
    gate, up = (x @ values_for(f"{name}.weight", torch.empty(10, 6)).T for name in ("fc1", "fc2"))
    expected = (F.silu(gate) * up) @ values_for("fc3.weight", torch.empty(6, 10)).T
    run.equal(run("swiglu_output"), expected, what="result of `FeedForward(cfg)(x)` for x of shape (2, 4, 6)")
