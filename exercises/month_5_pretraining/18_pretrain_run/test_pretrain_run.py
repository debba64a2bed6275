"""Checks for `pretrain_run`: short runs test its steps; a longer one must learn."""

import math
from collections import Counter

from exercises.kit import common_checks


def of_type(kinds):
    return f", of type {kinds[0]}" if kinds else ""


def test_result(run):
    """The loss and the sample are those of the returned model

    Page: "a trained GPTModel(cfg), in evaluation mode"
    """
    data = run("result")
    assert not data["training"], "Your model is returned in training mode; call model.eval() first."
    assert data["losses"] == ["float"], (
        f"Your val_losses has {len(data['losses'])} items after one epoch{of_type(data['losses'])}; it should have one "
        "float."
    )
    assert data["loss"] != "nan", (
        "Your validation loss is NaN: val_loader has no batch. Keep its smaller last batch, without drop_last."
    )
    assert data["loss"] == "right", (
        "The last of your val_losses is not the loss of the returned model on all windows of the last tenth of the "
        "text. Measure in evaluation mode, after the epoch, with all batches of val_loader."
    )
    assert data["starts"], "Your sample does not start with start_context; return the prompt with the new tokens."
    amount = "fewer than" if data["length"] < 10 else "more than"
    assert data["length"] == 10, f"Your sample has {amount} 10 new tokens; it should have 10."
    assert data["sample"], (
        "Your sample is not the continuation of start_context with the most likely tokens of the returned model. "
        "Generate it after the training, in evaluation mode and at temperature 0."
    )


def test_validated(run):
    """The validation loss is measured on all windows

    Page: "The validation uses all its windows"
    """
    assert run("validated") == "right", (
        "With batch_size=1 the last of your val_losses is not the loss of the returned model on both windows of the "
        "last tenth of the text. Use all batches of val_loader."
    )


def test_by_name(run):
    """Its arguments can be passed by name

    Page: "pretrain_run(text, tokenizer, cfg, path, num_epochs, start_context, batch_size=8, lr=1e-3)"
    """
    run.same("by_name", what="number of val_losses and start of the sample with named arguments")


def test_split(run):
    """Only the first nine tenths are trained on

    Page: "train on `text[: len(text) * 9 // 10]`, validate on the rest"
    """
    assert not run("trained")["held_out"], (
        "Your run trains on characters of the last tenth, which is for the validation. Split the text first."
    )


def test_batches(run):
    """The batches are windows of context_length tokens, in a new order in each epoch

    Page: "Training batches have batch_size windows, in a new order in each epoch"
    """
    data = run("trained")
    assert data["shapes"] == [(7, 8)], (
        f"With batch_size=7 and context_length=8 your training batches have the shapes {data['shapes']}; they should "
        "all be (7, 8), with drop_last=True."
    )
    assert data["windows"] and data["once"], (
        "Your training windows do not start every context_length tokens. Pass stride=context_length."
    )
    assert data["shuffled"], "Your epochs use the windows in the same order; pass shuffle=True to the train loader."


def test_updates(run):
    """Each epoch makes an update for each batch, with one AdamW

    Page: "Create the model and a `torch.optim.AdamW` with the learning rate lr."
    """
    data = run("trained")
    assert data["updates"] == 6, (
        f"Your run makes {data['updates']} updates in two epochs of three batches; it should make 6."
    )
    assert not data["accumulated"], (
        "Your gradients of one batch are still there at the next. Call optimizer.zero_grad() for each batch."
    )
    assert data["losses"] == 2, f"Your val_losses has {data['losses']} items after two epochs; it should have two."
    names = data["optimizers"]
    assert names == ["AdamW"], (
        f"Your run uses the optimizers {', '.join(names)}; it should use one torch.optim.AdamW, created once."
    )
    assert abs(data["rates"][0] - 0.004) < 1e-9, (
        f"Your learning rate is {data['rates'][0]:g} with lr=0.004; pass lr to the optimizer."
    )
    assert data["dropout"], "Your run trains in evaluation mode, without dropout. Call model.train() before each epoch."


def test_resumed(run):
    """A second call continues from the file

    Page: "If a file at `path` exists, load both and the number of finished epochs from it."
    """
    data = run("resumed")
    assert data["written"], "After your first call there is no file at `path`; save a checkpoint after each epoch."
    assert data["continued"], (
        "Your second call does not start with the weights of the first. Load the checkpoint if the file exists."
    )
    assert data["updates"][0] == 3, (
        f"After one epoch, a call with num_epochs=2 makes {data['updates'][0]} updates; it should make 3, one epoch. "
        "num_epochs counts from the very beginning."
    )
    assert data["adam_steps"] == 6, (
        f"After two epochs in two calls your AdamW remembers {data['adam_steps']} updates; it should be 6. Load the "
        "optimizer from the checkpoint too."
    )
    assert data["updates"][1] == 0, (
        "A call with num_epochs=2 trains on, although the file has two epochs already; it should train no more."
    )
    assert data["restored"], (
        "A call with nothing left to train does not return the saved weights. Load the checkpoint into the model."
    )
    assert data["reordered"], (
        "Your second call uses the windows in the same order as the first. Shuffle them, and set no seed, for a "
        "generator neither."
    )
    assert data["losses"] == [1, 1, 0], (
        f"Your val_losses have {', '.join(map(str, data['losses']))} items in calls of one, one and no epochs; they "
        "should have 1, 1, 0."
    )


def test_interrupted(run):
    """After an interruption only the unfinished epochs are trained again

    Page: "Save after **each** epoch."
    """
    data = run("interrupted")
    assert data["updates"] == 3, (
        f"A run of two epochs that stops in the second makes {data['updates']} updates when it is started again; it "
        "should make the 3 of the second epoch. Save a checkpoint after each epoch, with the number of finished epochs."
    )
    assert data["losses"] == 1, f"Your val_losses then have {data['losses']} items; there should be one."
    assert data["adam_steps"] == 6, "Your AdamW is not restored after an interruption; save and load it too."


# General checks
test_manners = common_checks.manners("interrupted")


def test_learns(run, rest_passed):
    """Three epochs on stories give a validation loss 0.4 below that of the characters' frequencies

    Page: "must be 0.4 nats per character below that of the characters' frequencies"
    """
    from exercises.texts import many_stories

    text = many_stories(6_000, seed=1)
    cfg = {"context_length": 16, "emb_dim": 32, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0, "qkv_bias": False}
    losses = run.once("learn", text=text, cfg=cfg, num_epochs=3, batch_size=8, lr=0.005)
    counts = Counter(text[: len(text) * 9 // 10])
    total = sum(counts.values()) + len(set(text))
    held_out = text[len(text) * 9 // 10 :]
    baseline = -sum(math.log((counts[character] + 1) / total) for character in held_out) / len(held_out)
    assert len(losses) == 3, f"Your val_losses have {len(losses)} items after three epochs in two calls."
    assert losses[-1] <= baseline - 0.4, (
        f"Your validation loss is {losses[-1]:.2f} nats per character after three epochs; it should be at most "
        f"{baseline - 0.4:.2f}. Does the model train on the right windows and targets?"
    )
