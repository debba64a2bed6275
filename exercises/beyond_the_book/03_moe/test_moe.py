"""Checks the routing and the sum, then sizes, the work that experts do, and the device."""

import torch

DENSE = (
    "Yours computes every expert for every token ({work} rows of fc1 for 10 tokens with k = 2; 20 are needed), so it "
    "saves nothing. Give each expert only the tokens that chose it."
)


def test_output(run, note):
    """The output is the weighted sum over the chosen experts

    Page: "the sum over its k"
    """
    run.same("output", what="result of `MoEFeedForward(cfg)(x)` for x of shape (2, 5, 6), four experts and k = 2")
    work = sum(run.once("work"))
    if work > 20:  # right, but it saves nothing
        note(DENSE.format(work=work))


def test_weights_sum_to_one(run):
    """The weights of a token's experts sum to 1

    Page: "so that a token's weights sum to 1"
    """
    data = run("equal_experts")
    assert torch.allclose(data["mixture"], data["expert"], atol=1e-4, equal_nan=True), (
        "With four equal experts the mixture should give what one of them gives, since the weights of a token sum to "
        "1; yours gives something else. Take the softmax over the k top scores."
    )


def test_one_expert(run):
    """k = 1 and k = E work

    Page: "num_experts_per_tok (k)"
    """
    run.same("one_expert_per_token", what="result of `MoEFeedForward(cfg)(x)` with k = 1")
    run.same("all_experts", what="result of `MoEFeedForward(cfg)(x)` with k = E = 4")


def test_no_token_is_dropped(run):
    """No token is dropped when many choose the same expert

    Page: "No token is dropped, however many choose the same expert."
    """
    result = run("crowded")
    zeros = int((result.abs().sum(-1) == 0).sum())
    assert not zeros, f"For eight tokens that choose the same experts, {zeros} rows of your output are zero."
    run.same("crowded", what="result of `MoEFeedForward(cfg)(x)` for eight tokens that choose the same experts")


def test_tokens_alone(run):
    """Each token is processed separately

    Page: "for each token, the sum over its k"
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output for a token changes with other tokens; its experts and weights should depend on it alone."
    )


def test_layers(run):
    """The layers have the sizes of cfg and no bias

    Page: "No layer has a bias."
    """
    data = run("layers")
    expected = {"gate": [4, 6], "fc1[0]": [5, 6], "fc2[0]": [5, 6], "fc3[0]": [6, 5]}
    for name, shape in data["shapes"].items():
        assert shape == expected[name], (
            f"With emb_dim=6, hidden_dim=5 and 4 experts, the weight of `{name}` should have shape "
            f"{tuple(expected[name])}; yours has {tuple(shape)}."
        )
    for name, count in data["counts"].items():
        assert count == 4, f"With num_experts=4 your `{name}` has {count} layers; it should have one per expert."
    assert not data["biases"], f"Your {', '.join(data['biases'])} has a bias; pass bias=False to nn.Linear."


def test_other_sizes(run):
    """It works for any batch size, length, number of experts and sizes

    Page: "x          (B, T, emb_dim)"
    """
    run.vary("output", cases=6, what="result of `MoEFeedForward(cfg)(x)`")


def test_device(run):
    """It works on any device

    Page: "The output has the dtype of x and is on its device."
    """
    assert run("new_tensors") == "cpu", (
        "Your code creates a tensor without device=…, so it is not where x is; use torch.zeros_like(x) or "
        "device=x.device."
    )
