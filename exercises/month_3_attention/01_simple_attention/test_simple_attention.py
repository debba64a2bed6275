"""Checks the scores, the softmax of each row, and the weighted sums."""


def test_example(run):
    """The worked example gives the expected result

    Page: "Three tokens with two numbers each: (1 0), (0 1) and (1 1)."
    """
    data, expected = run("example"), run.reference("example")
    for name, label in (("weights", "matrix of weights"), ("context", "context")):
        run.equal(data[name], expected[name], what=f"{label} for the three tokens on the page")


def test_rows(run):
    """Each row of the weights is positive and sums to 1

    Page: "Each row of the weights sums to 1"
    """
    weights = run("output")["weights"]
    sums = [round(total, 3) for total in weights.sum(dim=-1).flatten().tolist()]
    assert all(abs(total - 1) < 1e-2 for total in sums), (
        f"Each row of the weights should sum to 1; for five random tokens your rows sum to {sums}."
    )
    assert bool((weights >= 0).all()), "Some of your weights are negative; a softmax returns only positive numbers."


def test_other_sizes(run):
    """It works for any number of tokens and any vector size

    Page: "x         (T, d)   one sequence of T tokens"
    """
    run.vary("output")
    hint = "A sequence can have a single token, which attends to itself with weight 1."
    run.same("alone", hint=hint)


def test_against_torch(run):
    """The context matches PyTorch's attention

    Page: "The scores are plain dot products, not yet divided by √d."
    """
    from torch.nn.functional import scaled_dot_product_attention

    from exercises.kit import tokens

    x = tokens(5, 4)
    expected = scaled_dot_product_attention(x, x, x, scale=1.0)
    run.equal(run("output")["context"], expected, what="context for five random tokens")
