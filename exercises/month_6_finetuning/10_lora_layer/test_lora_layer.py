"""LoRA's change: two thin parameters, zero at first, scaled by alpha (or alpha / rank, which newer code has)."""

from grader import compare, general

BY_RANK = (
    "Your change is scaled by alpha / rank, as newer versions of the book's code do it; the printed book scales "
    "by alpha. Both are accepted."
)


def same(run, probe, what, rank=2, **arguments):
    """Compares with the reference's data, or with that divided by the rank. Returns whether it is the latter."""
    mine, right = run(probe, **arguments), run.reference(probe, **arguments)
    by_rank = {k: v / rank for k, v in right.items()} if isinstance(right, dict) else right / rank
    if rank > 1 and compare.difference(mine, by_rank) is None:
        return True
    run.equal(mine, right, what=what)
    return False


def test_built(run):
    """A and B have the right shapes"""
    data = run("built")
    for name, shape in (("A", "(in_dim, rank)"), ("B", "(rank, out_dim)")):
        right = run.reference("built")[name]
        assert data[name] == right, (
            f"With in_dim=6, out_dim=4 and rank=3 your {name} is {data[name]}; it should be an nn.Parameter of "
            f"shape {shape}, that is {right}."
        )
        assert data["parameter"][name], f"{name} is a plain tensor, so no optimizer finds it: make it an nn.Parameter."
    assert data["trainable"] == 30, (
        f"A and B are all that is trained: 6 · 3 + 3 · 4 = 30 numbers; your layer has {data['trainable']}."
    )


def test_start(run):
    """B starts at zero and A does not"""
    data = run("start")
    assert data["B_zero"], "B does not start at zero, so the layer would change the model before any training."
    assert not data["A_zero"], "A starts at zero, and so does A B: neither of the two would ever get a gradient."
    assert data["A_finite"], "A starts with numbers that are not finite: fill what torch.empty gives."
    assert not data["A_columns_alike"], (
        "All columns of A start alike, so they would all learn the same. Start with random numbers."
    )
    assert not data["A_of_two_layers_alike"], (
        "Two layers start with the same A. Draw new random numbers for each, and set no seed."
    )
    assert data["output_zero"], "A new layer must give a change of zero; yours does not."


def test_output(run):
    """The change is alpha · x A B"""
    run.same("output", what="change for rank=1 and alpha=3")


def test_scaling(run, note):
    """The scaling holds for every rank"""
    found = {}
    for rank in (1, 2, 3, 4):
        found[rank] = same(run, "output", f"change for rank={rank} and alpha=3", rank=rank)
    ways = {found[rank] for rank in (2, 3, 4)}
    assert len(ways) == 1, "For some ranks you scale by alpha and for others by alpha / rank."
    if ways == {True}:
        note(BY_RANK)


def test_alpha(run):
    """Twice the alpha gives twice the change"""
    data = run("alphas")
    for alpha in (0.0, 0.5, 2.0):
        run.equal(data[alpha], alpha * data[1.0], what=f"change for alpha={alpha:g}, beside that for alpha=1,")


def test_other_sizes(run):
    """Any batch and any widths work"""
    run.vary("output", what="change", rank=1)
    for in_dim, out_dim, rank in ((3, 3, 3), (6, 2, 4), (1, 5, 2)):
        what = f"change for in_dim={in_dim}, out_dim={out_dim}, rank={rank}"
        same(run, "output", what, in_dim=in_dim, out_dim=out_dim, rank=rank)


def test_sequences(run):
    """It works on (B, T, in_dim) too"""
    same(run, "sequences", "change for x of shape (2, 3, 5)")


def test_first_gradients(run):
    """A new layer can begin to learn"""
    first = run("first_gradients")
    assert first["B"], "B of a new layer gets no gradient, so nothing is ever learned: is A zero?"


# General checks
test_dtype = general.dtypes("change")
test_device = general.device("change", "Is a tensor made in forward, or kept as a plain attribute?")
test_gradients = general.gradients(title="A and B both learn")
test_no_memory = general.state("change")
test_manners = general.manners()
