"""The right share lost, one by one and anew each time; the rest grown; nothing done in evaluation."""

from grader import general


def test_share_lost(run):
    """A share of p becomes 0 in training"""
    for p in (0.4, 0.1, 0.8):
        share = run("training", p=p)["share"]
        assert share == p, f"With p={p} and training=True about {share:.0%} of the numbers become 0."
    run.same("flat", what="share lost of a tensor with one dimension and p=0.6")


def test_rest_grows(run):
    """What is kept grows by 1 / (1 - p)"""
    for p in (0.4, 0.1, 0.8):
        right = run.reference("training", p=p)["factors"]
        factors = run("training", p=p)["factors"]
        assert factors == right, (
            f"With p={p} each number should be multiplied by 0 or by 1 / (1 - {p}) = {right[-1]}; "
            f"yours are multiplied by {' or '.join(str(factor) for factor in factors) or 'nothing'}."
        )


def test_own_luck(run):
    """Each number has its own luck"""
    data = run("luck")
    shared = data["shared along"]
    assert shared != [True, True, True], "All numbers are lost or kept together; each should have its own luck."
    assert not shared[2], "In a (10, 10, 50) tensor the last dimension is lost or kept as a whole."
    assert not any(shared), (
        f"In a (10, 10, 50) tensor the same places are lost all along dimension {shared.index(True)}; "
        "draw a random number for each place."
    )
    assert not data["spared"], "With p=0.5, in 40 calls one of ten places is never lost; each must take its chance."
    assert data["number varies"], "Exactly the same number of places is lost at each call; it should vary."


def test_fresh_mask(run):
    """Every call draws anew"""
    assert not run("luck")["same in two calls"], "Two calls lose the same places; draw a fresh mask at each call."


def test_evaluation(run):
    """Nothing happens in evaluation"""
    run.same("in_evaluation", what="result with training=False")
    run.same("in_evaluation", p=0.9, what="result with p=0.9 and training=False")


def test_arguments(run):
    """Its arguments have the task's names, and p may be 0"""
    run.same("by_name", what="result")


def test_dtype(run):
    """Double precision in, double precision out"""
    run.same("in_double", what="result in double precision")


def test_no_memory(run):
    """The input and earlier results stay as they were"""
    data = run("state")
    assert data["untouched"], "Your code changes its input x in place."
    assert data["result stays"], "The result of the first call changes when dropout is called again."


def test_gradients(run):
    """Gradients take the same way"""
    assert run("learning"), "The gradient at each number should be the factor that it was multiplied by."


# what holds in every exercise
test_device = general.device(hint="Draw the random numbers on x's device: torch.rand_like(x).")
test_manners = general.manners("in_double")
