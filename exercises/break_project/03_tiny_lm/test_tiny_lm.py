"""train_char_lm: short trainings show what goes in and what comes out; one in earnest must beat the bigram model."""

import math

import torch

from grader import general

SHIFTS = {0: "the same characters: the model learns to repeat what it sees", 2: "two characters ahead",
          3: "three characters ahead", None: "not the next characters"}  # fmt: skip


def test_returned(run):
    """encode and decode know every character of the text"""
    data = run("tokens")
    assert data["kind"] == "list" and data["ints"], (
        f"encode should give a list of ints; yours gives a {data['kind']}. A tensor becomes a list by .tolist()."
    )
    assert data["distinct"], "The ids should be 0 to V - 1, one for each of the V distinct characters of the text."
    assert isinstance(data["back"], str), 'decode should give a str: "".join(…) makes one of a list of characters.'
    run.equal(data["end"], "HAB\nla", what="decode(encode('HAB\\nla'))", hint="These are all in the text.")
    run.equal(data["empty"], [[], ""], what="encode of '' and decode of []")
    assert data["back"] == run.reference("tokens")["back"], "decode(encode(text)) is not the text."
    assert data["another"], (
        "After training on a second text, the first one's encode and decode are different. Keep the vocabulary "
        "inside the function, not in a global variable."
    )


def test_shapes(run):
    """The model gives logits (B, T, V) for any T up to context_length"""
    run.same("shapes", what="list of shapes for ids (1,1), (3,2), (2,7), (1,8)")


def test_handed_over(run):
    """The model comes back in evaluation mode"""
    data = run("result")
    assert not data["training"], "The model is still in training mode when it is returned: call model.eval()."
    assert data["same_again"], (
        "The same ids give different logits the second time: dropout is still active in evaluation mode. nn.Dropout "
        "is switched off by model.eval(); F.dropout needs training=self.training."
    )
    assert not data["probabilities"], "The model gives probabilities; it should give logits, without a softmax."


def test_causal(run):
    """No position sees what comes after it"""
    assert run("result")["causal"], (
        "Logits change although only later characters did: the future leaks in. Use the TransformerBlock of `parts`, "
        "which masks it, and mix positions nowhere else."
    )


def test_positions(run):
    """The model knows where a character stands"""
    assert run("result")["positions"], (
        'For "cccccccc" the logits are the same at every position, so nothing tells the positions apart. Add a '
        "position embedding to the token embedding."
    )


def test_sizes(run):
    """cfg decides how wide and how deep the model is"""
    data = run("sizes")
    assert data["layers"], (
        "With n_layers=2 the model has no more weights than with 1. Make n_layers different blocks; [block] * n is n "
        "times the same one."
    )
    assert data["width"], "With a larger emb_dim the model has no more weights."


def test_dropout(run):
    """Embeddings are dropped, too"""
    data = run("all_dropped")
    assert data["finite"], "With drop_rate=1.0 the logits are not finite."
    assert not data["depends"], (
        "With drop_rate=1.0 in training nothing of the ids should get through, but it does. Dropout belongs after "
        "the sum of the embeddings as well."
    )


def test_settings(run):
    """The cfg stays as it was"""
    hint = 'Make the block\'s own: {**cfg, "qkv_bias": False}.'
    run.equal(run("settings"), run.reference("settings"), what="cfg after the training", hint=hint)


def test_batches(run):
    """It trains on windows of the first nine tenths, other ones at every step"""
    data = run("watched")
    assert not data["held_out"], (
        "Characters of the last tenth of the text went into training. Then nobody can measure on them how good the "
        "model is: split first, and train on ids[: len(ids) * 9 // 10] only."
    )
    assert data["pieces"], "A row of a batch is no piece of the text. Cut windows: ids[start : start + context_length]."
    run.equal(data["longest"], 8, what="longest window, with context_length=8,")
    assert data["several"], "All steps saw the same batch. Draw another one at each step, inside the loop."


def test_targets(run):
    """Each character is to predict the next one"""
    data = run("watched")
    assert data["shift"] == 1, f"Your targets are {SHIFTS[data['shift']]}. They are the inputs, one character later."
    assert not data["last_only"], (
        "Only some positions have a target. Every one of the T positions learns: flatten logits to (B·T, V), targets "
        "to (B·T)."
    )
    assert not data["softmax_first"], "The logits go through a softmax before the cross-entropy, which takes its own."


def test_updates(run):
    """Every step updates every weight, by the gradients of its own batch"""
    data = run("watched")
    run.equal(data["updates"], 3, what="number of updates, with steps=3,")
    assert not data["piled_up"], (
        "At a backward, the last batch's gradients were still there, and the new ones are added to them. Call "
        "optimizer.zero_grad() in every step."
    )
    assert not data["optimizers"], (
        "Every step has an optimizer of its own, which remembers nothing of the steps before. Make one before the loop."
    )
    assert not data["elsewhere"], (
        "A part of the model is none of model.parameters(). Are the blocks in a plain list? Use nn.ModuleList or "
        "nn.Sequential."
    )
    assert not data["still"], (
        "Some weights are the same after three steps as before. Does the optimizer get all of model.parameters()?"
    )
    assert data["training"], (
        "Dropout is off while training: the model is in evaluation mode. Call model.train() before the loop."
    )


def test_seed(run):
    """The seed decides everything, and disturbs nothing"""
    data = run("seeds")
    assert data["differs"], "Two seeds give the same model: the seed is not used."
    assert data["repeats"], (
        "The same seed gives another model the second time. It must stand before all that draws: the weights, the "
        "batches and dropout."
    )
    assert data["untouched"], (
        "Training changes the program's random numbers. Put it into `with torch.random.fork_rng(devices=[]):`, and "
        "call torch.manual_seed(seed) inside."
    )


# what holds in every exercise
test_manners = general.manners("seeds")


def test_beats_the_bigram(run, rest_passed):
    """400 steps beat the bigram model by 0.2 nats on new text"""
    from exercises.texts import many_stories

    cfg = {"context_length": 16, "emb_dim": 64, "n_heads": 4, "n_layers": 1, "drop_rate": 0.0}
    text, new = many_stories(100_000, seed=1), many_stories(30_000, seed=2)
    letters = sorted(set(text))
    starts = [start for start in range(0, len(new) - 17, 20) if set(new[start : start + 17]) <= set(letters)]
    windows = [new[start : start + 16] for start in starts]
    following = torch.tensor([letters.index(new[start + 16]) for start in starts])
    learned = run.once("learn", text=text, cfg=cfg, steps=400)
    order = [i[0] for i in learned["ids"]]
    mine = run.once("predict", windows=windows)
    assert isinstance(mine, torch.Tensor) and mine.shape == (len(windows), len(letters)), "These are no logits."
    loss = torch.nn.functional.cross_entropy(mine[:, order], following).item()
    bar = _bigram(text[:90_000], letters, [window[-1] for window in windows], following)
    same = torch.tensor([letters.index(window[-1]) for window in windows])
    repeats = (mine[:, order].argmax(-1) == same).float().mean().item()
    assert math.isfinite(loss), "After 400 steps the logits are not finite. Is the learning rate far too large?"
    assert repeats < 0.5, "After 400 steps the model mostly repeats the character it sees. Are the targets shifted?"
    assert loss <= bar - 0.2, (
        f"After 400 steps the loss on new text is {loss:.2f} nats a character; the bigram model has {bar:.2f}, and "
        "you should be 0.2 below it. 400 steps are few: is the learning rate 1e-3 to 5e-3, the batch 32 windows or so?"
    )


def _bigram(text, letters, current, following):
    """The loss of counted pairs, each once more than it was seen."""
    place = {letter: index for index, letter in enumerate(letters)}
    ids = torch.tensor([place[letter] for letter in text])
    pairs = torch.bincount(ids[:-1] * len(letters) + ids[1:], minlength=len(letters) ** 2) + 1
    counts = pairs.view(len(letters), len(letters)).double()
    probabilities = counts / counts.sum(dim=1, keepdim=True)
    rows = torch.tensor([place[letter] for letter in current])
    return -probabilities[rows, following].log().mean().item()
