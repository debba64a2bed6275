"""Heads split, masked, scaled by their own width, joined in their order, and projected."""

import torch

from grader import general


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_future_is_hidden(run):
    """No token attends to later tokens"""
    data = run("perturbed")
    before, after = data["before"], data["after"]
    for position in range(3):
        assert torch.allclose(before[:, position], after[:, position], atol=1e-5), (
            f"Position {position} changed although only later tokens did: the future leaks."
        )
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-5), (
        "The last positions do not change when their own tokens do."
    )


def test_heads_stay_apart(run):
    """Each head writes its own part of the output"""
    changed = (run("heads_apart").abs() > 1e-4).flatten(0, 1).any(0).tolist()
    assert changed == [False] * 4 + [True] * 4, (
        "With d_out=8 and two heads, the second head's values must change the last four numbers of each "
        f"token before out_proj, and only them; they change {_places(changed)}. Are heads split with "
        "view(B, T, heads, head_dim).transpose(1, 2), and is that undone before they are joined?"
    )


def _places(changed):
    return ", ".join(str(place) for place, one in enumerate(changed) if one) or "none"


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("output", what="output", cases=8)


def test_against_torch(run):
    """The heads match PyTorch's attention"""
    from grader.probing import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(8, 6)).T for name in ("W_query", "W_key", "W_value"))
    heads = [
        torch.nn.functional.scaled_dot_product_attention(
            q[..., part : part + 4], k[..., part : part + 4], v[..., part : part + 4], is_causal=True
        )
        for part in (0, 4)
    ]
    weight = values_for("out_proj.weight", torch.empty(8, 8))
    bias = values_for("out_proj.bias", torch.empty(8))
    run.equal(run("output"), torch.cat(heads, dim=-1) @ weight.T + bias, what="output")


def test_refuses_what_does_not_divide(run):
    """A head count that does not divide d_out is refused"""
    for case, refused in run("indivisible").items():
        assert refused, f"MultiHeadAttention with {case} must raise an error when it is made; yours accepts it."


def test_bias(run):
    """qkv_bias gives the projections a bias, and only then"""
    mine, right = run("biases"), run.reference("biases")
    for bias in (False, True):
        for name, has, should in zip(("W_query", "W_key", "W_value"), mine[bias], right[bias], strict=False):
            assert has == should, f"With qkv_bias={bias}, {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments_by_name(run):
    """Arguments have the book's names"""
    run.same("by_name", what="output with four heads")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["share"], (
        "dropout=0.4 never drops the weight with which the first token sees itself. Drop the weights, after "
        "the softmax and before they meet the values."
    )
    assert data["whole"], (
        "Single numbers of a head's output are dropped. Drop the attention weights, before they meet the values."
    )
    assert data["alone"], "The same weights are dropped in every head or sequence; each has its own luck."
    assert data["share"] == 0.4, f"With dropout=0.4 you drop about {data['share']:.0%} of the weights."
    assert data["times"][-1] == 1.67, (
        f"Weights that dropout=0.4 keeps must grow by 1 / (1 - 0.4) = 1.67; yours grow by {data['times'][-1]}."
    )
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# General checks
test_dtype = general.dtypes("output")
test_device = general.device(
    "output", "Did everything move? Register the mask with self.register_buffer.", "The mask moves with the module"
)
test_registered = general.weights()
test_gradients = general.gradients(title="Gradients reach every weight")
test_no_memory = general.state("output")
test_manners = general.manners()
