"""Checks for `train_char_lm`: short trainings test the loop and the model; a long one must beat the bigram model."""

import math

import torch

from exercises.kit import common_checks

SHIFTS = {0: "the inputs themselves", 2: "two characters ahead", 3: "three characters ahead",
          None: "not the next characters"}  # fmt: skip


def test_returned(run):
    """encode and decode work for every character of the text

    Page: "encode and decode work for every character of the text, and also for "" and []"
    """
    data = run("tokens")
    assert data["kind"] == "list" and data["ints"], (
        f"encode should return a list of ints; yours returns a {data['kind']}. Call .tolist() on a tensor."
    )
    assert data["distinct"], "Your ids are not 0 to V − 1; there should be one for each of the V distinct characters."
    assert isinstance(data["back"], str), 'decode should return a str: use "".join(…) on the list of characters.'
    assert data["end"] == "HAB\nla", (
        f"Your `decode(encode('HAB\\nla'))` is {data['end']!r}; it should be the same text. The training text contains "
        "these characters."
    )
    assert data["empty"] == [[], ""], "Your `encode('')` and `decode([])` are not [] and ''; they should be."
    assert data["back"] == run.reference("tokens")["back"], "Your decode(encode(text)) should be equal to text."
    assert data["another"], (
        "Your first encode and decode change after training on a second text. Keep the vocabulary in a local "
        "variable, not in a global one."
    )


def test_shapes(run):
    """The model returns logits (B, T, V) for any T up to context_length

    Page: "model ids (B, T) → logits (B, T, V), for T ≤ context_length"
    """
    for shape, expected in zip(run("shapes"), run.reference("shapes"), strict=True):
        assert shape == expected, (
            f"Your `model(ids)` for ids of shape ({expected[0]}, {expected[1]}) has the shape {tuple(shape)}; it "
            f"should be {tuple(expected)}, with V = {expected[2]}."
        )


def test_handed_over(run):
    """The model is returned in evaluation mode

    Page: "The model is returned in evaluation mode and gives logits, without a softmax"
    """
    data = run("result")
    assert not data["training"], "Your model is returned in training mode; call model.eval() first."
    assert data["same_again"], (
        "Your logits differ between two calls with the same ids: dropout is active in evaluation mode. Use "
        "nn.Dropout, which model.eval() turns off, or F.dropout with training=self.training."
    )
    assert not data["probabilities"], "Your model returns probabilities; it should return logits, without a softmax."


def test_causal(run):
    """No position depends on later characters

    Page: "This is why the block must be causal"
    """
    assert run("result")["causal"], (
        "Your logits change when only later characters change. Use the TransformerBlock of `parts`, which has a "
        "causal mask, and combine positions nowhere else."
    )


def test_positions(run):
    """The logits depend on the position of a character

    Page: "ids ─┬─ token embedding ────┬─ + ─→ dropout ─→ n_layers blocks ─┐ └─ position embedding ─┘"
    """
    assert run("result")["positions"], (
        'Your logits for "cccccccc" are the same at the first and the last position; they should differ. Add a '
        "position embedding to the token embedding."
    )


def test_sizes(run):
    """cfg determines the width and depth of the model

    Page: "emb_dim is the width of the model, and every layer has a block of its own"
    """
    data = run("sizes")
    assert data["layers"], (
        "Your model has no more weights with n_layers=2 than with n_layers=1. Create a new block for each layer; "
        "[block] * n repeats the same block."
    )
    assert data["width"], "Your model has no more weights with a larger emb_dim; use emb_dim as its width."


def test_dropout(run):
    """Dropout is applied to the embeddings

    Page: "drop_rate applies to the sum of the embeddings and in the blocks"
    """
    data = run("all_dropped")
    assert data["finite"], "Your logits are not finite with drop_rate=1.0; they should be."
    assert not data["depends"], (
        "Your logits depend on the ids with drop_rate=1.0 in training mode; they should not. Apply dropout to the sum "
        "of the embeddings as well."
    )


def test_settings(run):
    """cfg is not modified

    Page: "Leave cfg unchanged"
    """
    assert run("settings") == run.reference("settings"), (
        'Your training changes cfg. Create a copy for the block: {**cfg, "qkv_bias": False}.'
    )


def test_batches(run):
    """Each step trains on new windows of the first nine tenths

    Page: "train on ids[: len(ids) * 9 // 10]"
    """
    data = run("watched")
    assert not data["held_out"], (
        "Your training uses characters of the last tenth, which is held out for evaluation. Split first, and train "
        "on ids[: len(ids) * 9 // 10] only."
    )
    assert data["pieces"], "Your batch has a row that is not in the text; use ids[start : start + context_length]."
    assert data["longest"] == 8, (
        f"Your longest window has {data['longest']} characters with context_length=8; it should have 8."
    )
    assert data["several"], "Your steps all use the same batch; draw a new one in each step, inside the loop."


def test_targets(run):
    """The targets are the next characters

    Page: "targets: the same, one character later"
    """
    data = run("watched")
    assert data["shift"] == 1, (
        f"Your targets are {SHIFTS[data['shift']]}; they should be one character ahead of the inputs."
    )
    assert not data["last_only"], (
        "Your loss uses only some positions; it should use all T. Flatten the logits to (B·T, V) and the targets "
        "to (B·T,)."
    )
    assert not data["softmax_twice"], (
        "Your loop applies a softmax before the cross-entropy, which contains one already."
    )


def test_updates(run):
    """Each step updates all weights with the gradients of its batch

    Page: "Make exactly `steps` updates of all weights, with one optimizer for all of them, and reset the
    gradients in each step"
    """
    data = run("watched")
    assert data["updates"] == 3, f"Your training makes {data['updates']} updates with steps=3; it should make 3."
    assert not data["accumulated"], (
        "Your gradients add up over the batches, because they are not reset. Call optimizer.zero_grad() in each step."
    )
    assert not data["optimizers"], (
        "Your loop creates a new optimizer in each step, which loses its running averages. Create one before the loop."
    )
    assert not data["elsewhere"], (
        "Your model has weights that are not in model.parameters(). Keep the blocks in an nn.ModuleList or "
        "nn.Sequential, not in a plain list."
    )
    assert not data["still"], (
        "Some of your weights do not change in three steps. Does the optimizer receive all of model.parameters()?"
    )
    assert data["training"], (
        "Your model trains in evaluation mode, where dropout is off. Call model.train() before the loop."
    )


def test_seed(run):
    """The seed determines the model

    Page: "The seed determines the weights, the batches and the dropout"
    """
    data = run("seeds")
    assert data["differs"], "Your model is the same for two seeds; it should differ. Is the seed used?"
    assert data["repeats"], (
        "Your model differs between two trainings with the same seed. Call torch.manual_seed(seed) first: the "
        "weights, the batches and dropout are random."
    )


# General checks
test_manners = common_checks.manners("seeds")


def test_beats_the_bigram(run, rest_passed):
    """After 250 steps, the loss on new text is 0.1 nats below the bigram model

    Page: "Yours must be at least 0.1 lower"
    """
    from exercises.texts import many_stories

    cfg = {"context_length": 16, "emb_dim": 64, "n_heads": 4, "n_layers": 1, "drop_rate": 0.0}
    text, new = many_stories(100_000, seed=1), many_stories(30_000, seed=2)
    letters = sorted(set(text))
    starts = [start for start in range(0, len(new) - 17, 20) if set(new[start : start + 17]) <= set(letters)]
    windows = [new[start : start + 16] for start in starts]
    following = torch.tensor([letters.index(new[start + 16]) for start in starts])
    vocabulary = run.once("learn", text=text, cfg=cfg, steps=250)
    order = [i[0] for i in vocabulary["ids"]]
    logits = run.once("predict", windows=windows)
    assert isinstance(logits, torch.Tensor) and logits.shape == (len(windows), len(letters)), (
        "Your model does not return logits of shape (B, T, V)."
    )
    loss = torch.nn.functional.cross_entropy(logits[:, order], following).item()
    baseline = _bigram_loss(text[:90_000], letters, [window[-1] for window in windows], following)
    current = torch.tensor([letters.index(window[-1]) for window in windows])
    copied = (logits[:, order].argmax(-1) == current).float().mean().item()
    assert math.isfinite(loss), "Your logits are not finite after 250 steps. Is the learning rate too large?"
    assert copied < 0.5, "Your model mostly predicts the current character. Are the targets one character ahead?"
    assert loss <= baseline - 0.1, (
        f"Your loss on new text is {loss:.2f} nats per character after 250 steps; it should be at most "
        f"{baseline - 0.1:.2f}, 0.1 below the bigram model. Try a learning rate of 1e-3 to 5e-3 and about 32 windows."
    )


def _bigram_loss(text, letters, current, following):
    """The loss of a bigram model with add-one smoothing."""
    index = {letter: number for number, letter in enumerate(letters)}
    ids = torch.tensor([index[letter] for letter in text])
    pairs = torch.bincount(ids[:-1] * len(letters) + ids[1:], minlength=len(letters) ** 2) + 1
    counts = pairs.view(len(letters), len(letters)).double()
    probabilities = counts / counts.sum(dim=1, keepdim=True)
    rows = torch.tensor([index[letter] for letter in current])
    return -probabilities[rows, following].log().mean().item()
