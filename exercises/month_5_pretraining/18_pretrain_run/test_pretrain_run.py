"""Checks for `pretrain_run`: short runs test its steps; a longer one must learn."""

import math
from collections import Counter

from exercises.kit import common_checks, diagnose


def of_type(kinds):
    return f", of type {kinds[0]}" if kinds else ""


def test_split(run):
    """Only the first nine tenths are trained on

    Page: "train on `text[: len(text) * 9 // 10]`, validate on the rest"
    """
    diagnose(
        not run("trained")["held_out"],
        "validation-leak",
        "Yours trains on the last tenth of the text, which is for the validation; it should train on the first nine "
        "tenths only.",
    )


def test_batches(run):
    """The batches are windows of context_length tokens, in a new order in each epoch

    Page: "Training batches have batch_size windows, in a new order in each epoch"
    """
    data = run("trained")
    shapes = ", ".join(map(str, data["shapes"])) or "none"
    diagnose(
        data["shapes"] == [(7, 8)],
        "batch-shapes",
        f"Yours trains on batches of the shapes {shapes} with batch_size=7 and context_length=8; all should be (7, 8): "
        "batch_size=batch_size, and drop_last=True leaves out the smaller last batch.",
    )
    diagnose(
        data["windows"] and data["once"],
        "overlapping-windows",
        "Yours trains on windows that do not start every context_length tokens; it should pass stride=context_length.",
    )
    diagnose(
        data["shuffled"],
        "not-shuffled",
        "Yours uses the training windows in the same order in each epoch; it should shuffle them: shuffle=True.",
    )


def test_updates(run):
    """Each epoch makes an update for each batch, with one AdamW

    Page: "Create the model and a `torch.optim.AdamW` with the learning rate lr."
    """
    data = run("trained")
    assert data["updates"] == 6, (
        f"Your run makes {data['updates']} updates in two epochs of three batches; it should make 6."
    )
    diagnose(
        not data["accumulated"],
        "gradients-never-reset",
        "Yours keeps the gradients of earlier batches; it should call optimizer.zero_grad() for each batch.",
    )
    assert data["losses"] == 2, f"Your val_losses has {data['losses']} items after two epochs; it should have two."
    names = data["optimizers"]
    diagnose(
        names == ["AdamW"],
        "optimizer",
        f"Yours uses {len(names)} optimizers, {', '.join(names)}; it should create one torch.optim.AdamW for all.",
    )
    diagnose(
        abs(data["rates"][0] - 0.004) < 1e-9,
        "learning-rate-ignored",
        f"Yours uses the learning rate {data['rates'][0]:g} where lr is 0.004; it should use lr.",
    )
    diagnose(
        data["dropout"],
        "trained-in-evaluation-mode",
        "Yours trains in evaluation mode, without dropout; it should call model.train() before each epoch.",
    )


def test_result(run):
    """The loss and the sample are those of the returned model

    Page: "a trained GPTModel(cfg), in evaluation mode"
    """
    data = run("result")
    diagnose(
        not data["training"],
        "left-training",
        "Yours returns the model in training mode, as train_model_simple leaves it; it should call model.eval() first.",
    )
    diagnose(
        data["losses"] == ["float"],
        "losses-of-one-epoch",
        f"Yours has {len(data['losses'])} val_losses after one epoch{of_type(data['losses'])}; it should have a float.",
    )
    assert data["loss"] != "nan", (
        "Your validation loss is NaN: val_loader has no batch. Keep its smaller last batch, without drop_last."
    )
    diagnose(
        data["loss"] == "right" or run.once("validated") != "right",
        "validated-in-training-mode",
        "Yours measures the validation loss in training mode, with dropout; it should call model.eval() first.",
    )
    assert data["loss"] == "right", (
        "The last of your val_losses is not the loss of the returned model on all windows of the last tenth of the "
        "text. Measure in evaluation mode, after the epoch, with all batches of val_loader."
    )
    diagnose(
        data["starts"],
        "sample-without-prompt",
        "Your sample does not start with start_context; it should be the prompt with the new tokens.",
    )
    amount = "fewer than" if data["length"] < 10 else "more than"
    diagnose(data["length"] == 10, "sample-length", f"Your sample has {amount} 10 new tokens; it should have 10.")
    assert data["sample"], (
        "Your sample is not the continuation of start_context with the most likely tokens of the returned model. "
        "Generate it after the training, in evaluation mode and at temperature 0."
    )


def test_by_name(run):
    """Its arguments can be passed by name

    Page: "pretrain_run(text, tokenizer, cfg, path, num_epochs, start_context, batch_size=8, lr=1e-3)"
    """
    run.same("by_name", what="number of val_losses and start of the sample with named arguments")


def test_resumed(run):
    """A second call continues from the file

    Page: "If a file at `path` exists, load both and the number of finished epochs from it."
    """
    data = run("resumed")
    diagnose(
        data["written"],
        "never-saved",
        "Yours leaves no file at `path` after an epoch; it should call save_checkpoint after each epoch.",
    )
    diagnose(
        data["continued"],
        "not-continued",
        "Yours does not start the second call with the weights of the first; it should load the checkpoint if the file "
        "exists.",
    )
    diagnose(
        data["updates"][0] == 3,
        "epochs-counted-anew",
        f"Yours makes {data['updates'][0]} updates in a call with num_epochs=2 after one epoch; it should make 3, "
        "those of the missing epoch: num_epochs counts from the very beginning.",
    )
    diagnose(
        data["adam_steps"] == 6,
        "optimizer-not-restored",
        f"Yours has an AdamW that remembers {data['adam_steps']} updates after two epochs in two calls; it should be "
        "6: create it before you load the checkpoint, which restores it too.",
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
    diagnose(
        data["updates"] == 3,
        "unfinished-epochs",
        f"Yours makes {data['updates']} updates when a run of two epochs that stopped in the second is started again; "
        "it should make 3, those of the second epoch: save after each epoch, with the number of finished epochs.",
    )
    assert data["losses"] == 1, f"Your val_losses then have {data['losses']} items; there should be one."
    assert data["adam_steps"] == 6, "Your AdamW is not restored after an interruption; save and load it too."


def test_validated(run):
    """The validation loss is measured on all windows

    Page: "The validation uses all its windows"
    """
    loss = run.once("validated")
    diagnose(
        loss != "first",
        "one-validation-batch",
        "Yours measures the validation loss on the first batch of val_loader only; it should use all of them: "
        "eval_iter=len(val_loader).",
    )
    diagnose(
        loss == "right",
        "validation-loss",
        "Yours appends a validation loss that is not that of the returned model on all windows of the last tenth of "
        "the text; it should measure it on val_loader, in evaluation mode, after each epoch.",
    )


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
