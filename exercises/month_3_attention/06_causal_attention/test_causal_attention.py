"""A causal head: right shapes, scaled and masked, cropped, dropped only in training, moved as a whole."""

import torch

from grader import general


def test_output(run):
    """The context vectors are right"""
    run.same("output", what="output")


def test_future_is_hidden(run):
    """No token sees the future"""
    data = run("perturbed")
    before, after = data["before"], data["after"]
    for position in range(3):
        assert torch.allclose(before[:, position], after[:, position], atol=1e-5), (
            f"Position {position} changed although only later tokens did: the future leaks."
        )
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-5), (
        "The last positions do not change when their own tokens do."
    )


def test_short_sequences(run):
    """Sequences shorter than context_length work"""
    run.same("output", length=3, what="output for T=3 with context_length=5")


def test_other_sizes(run):
    """Any batch, length and width works"""
    run.vary("output", what="output")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens, values_for

    x = tokens(2, 5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    run.equal(run("output"), expected, what="output")


def test_bias(run):
    """qkv_bias gives the projections a bias, and only then"""
    mine, right = run("biases"), run.reference("biases")
    for bias in (False, True):
        for name, has, should in zip(("W_query", "W_key", "W_value"), mine[bias], right[bias], strict=False):
            assert has == should, f"With qkv_bias={bias}, {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments_by_name(run):
    """Its arguments have the book's names"""
    run.same("by_name", what="output with d_out=3")


def test_dropout_while_training(run):
    """Attention weights are dropped in training"""
    data = run("dropped")
    assert data["share"], (
        "dropout=0.4 never drops the weight with which the first token sees itself. Drop the weights, after "
        "the softmax and before they meet the values."
    )
    assert data["whole"], (
        "Single numbers of a context vector are dropped. Drop the attention weights, before they meet the values."
    )
    assert data["alone"], "The same weights are dropped in every sequence of a batch; each has its own luck."
    assert data["share"] == 0.4, f"With dropout=0.4 you drop about {data['share']:.0%} of the weights."
    assert data["times"][-1] == 1.67, (
        f"Weights that dropout=0.4 keeps must grow by 1 / (1 - 0.4) = 1.67; yours grow by {data['times'][-1]}."
    )
    run.equal(data, run.reference("dropped"), what="dropout")


def test_no_dropout_in_evaluation(run):
    """Nothing is dropped in evaluation mode"""
    run.same("in_evaluation", what="output in evaluation mode")


# what holds in every exercise
test_dtype = general.dtypes("output")
test_device = general.device(
    "output", "Did everything move? Register the mask with self.register_buffer.", "The mask moves with the module"
)
test_registered = general.weights()
test_gradients = general.gradients(title="Every weight learns")
test_no_memory = general.state("output")
test_manners = general.manners()
