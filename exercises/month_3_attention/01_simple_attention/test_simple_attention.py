"""Every pair of tokens scored, each row made weights, the tokens mixed by them."""

import torch


def test_example(run):
    """The example of the task comes out right"""
    run.same("example")


def test_rows(run):
    """Each row of the weights sums to 1"""
    weights = run("output")["weights"]
    if isinstance(weights, torch.Tensor) and weights.shape == (5, 5):
        sums = [round(total, 3) for total in weights.sum(dim=-1).tolist()]
        assert all(abs(total - 1) < 1e-2 for total in sums), f"Each row should sum to 1; yours sum to {sums}."
        assert bool((weights >= 0).all()), "Some weights are negative; a softmax makes none."


def test_output(run):
    """Context and weights are right"""
    run.same("output")


def test_other_sizes(run):
    """Any length and width works"""
    run.vary("output")
    run.same("alone", hint="A sequence may have just one token: it sees itself with weight 1.")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens

    x = tokens(5, 4)
    expected = torch.nn.functional.scaled_dot_product_attention(x, x, x, scale=1.0)
    run.equal(run("output")["context"], expected, what="context")


def test_dtype(run):
    """Double precision in, double precision out"""
    run.same("in_double")


def test_no_memory(run):
    """Nothing is kept between calls, and the input stays as it was"""
    data, right = run("state"), run.reference("state")
    run.equal(data["first"], right["first"], what="first result")
    run.equal(data["other"], right["other"], what="result for other tokens")
    run.equal(data["again"], right["first"], what="second result for the same tokens")
    run.equal(data["later"], right["first"], what="first result, looked at after other calls")
    assert data["untouched"], "Your code changes its input x in place."


def test_gradients(run):
    """Gradients flow through it"""
    run.same("learning", what="gradient", rtol=1e-3, hint="Is a step cut off (detach, item, no_grad)?")


def test_device(run):
    """The results stay on the device of the tokens"""
    run.same("on_meta", hint="Make new tensors on x's device, as with x.new_zeros.")
