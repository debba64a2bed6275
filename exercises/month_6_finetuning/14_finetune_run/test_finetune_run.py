"""Checks each stage of the fine-tuning, and that merging leaves a GPT with the same logits."""

import torch

from exercises.kit import Diagnosis


def test_training(run):
    """Two epochs give the right losses, A and B

    Page: "one step per batch, `num_epochs` times through the loader"
    """
    data, expected = run("trained"), run.reference("trained")
    run.equal(len(data["losses"]), 2, what="number of losses of `train_lora(model, train_loader, 2, 0.05)`")
    for number, loss in enumerate(expected["losses"]):
        what = f"loss of epoch {number + 1} of `train_lora(model, train_loader, 2, 0.05)`"
        run.equal(data["losses"][number], loss, what=what, rtol=1e-3)
    for name, matrix in expected["matrices"].items():
        what = f"`{name}` after `train_lora(model, train_loader, 2, 0.05)`"
        run.equal(data["matrices"][name], matrix, what=what, rtol=2e-3, atol=2e-4)


def test_head(run):
    """The head has one output per class

    Page: "`out_head` becomes a new `nn.Linear(emb_dim, num_classes)`"
    """
    data = run("ready", rank=2)
    if data["logits"] != [2, 5, 3]:
        raise Diagnosis(
            "head",
            f"After your prepare_lora with num_classes=3 the logits for ids of shape (2, 5) have the shape "
            f"{tuple(data['logits'])}; it should be (2, 5, 3).",
        )
    if not data["trainable"]:
        raise Diagnosis(
            "nothing-trainable",
            "After your prepare_lora nothing is trainable; freeze the model before it gets LoRA layers, so that A and "
            "B are not frozen.",
        )
    if data["head"] != [[3], [3, 8]]:
        raise Diagnosis(
            "head",
            f"After your prepare_lora with num_classes=3, out_head has frozen parameters of the shapes {data['head']}; "
            "they should be the weight and the bias of an nn.Linear(8, 3) that is created before the freezing.",
        )


def test_trainable(run):
    """Only A and B are trainable

    Page: "Then A and B are the only trainable parameters."
    """
    for rank in (1, 2):
        data = run("ready", rank=rank)
        if data["outside"] != 0:
            raise Diagnosis(
                "trainable",
                f"After your prepare_lora {data['outside']} parameters outside the linear layers are trainable; "
                "freeze all "
                "parameters.",
            )
        # 4 layers of 8 → 8, one of 8 → 32, one of 32 → 8, and the head of 8 → 3
        expected = rank * (4 * (8 + 8) + 2 * (8 + 32) + 8 + 3)
        if data["trainable"] != expected:
            raise Diagnosis(
                "trainable",
                f"After your prepare_lora with rank={rank} and num_classes=3, {data['trainable']} numbers are "
                "trainable; "
                f"those of A and B are {expected}.",
            )


def test_alpha(run):
    """The layers get the given alpha

    Page: "Each `nn.Linear` gets a LoRA layer with this rank and alpha"
    """
    alpha = run("ready", rank=2)["alpha"]
    if alpha != 4:
        raise Diagnosis("alpha", f"Yours gives the layers alpha={alpha} for rank=2 and alpha=4; it should be 4.")


def test_unchanged_at_first(run):
    """Before the training the model computes what it computed

    Page: "All parameters are frozen"
    """
    before, after = run("unchanged")
    if not torch.allclose(before, after, atol=1e-4, equal_nan=True):
        raise Diagnosis(
            "changed",
            "After your prepare_lora the vectors before the head differ from those of the GPT; until the training, "
            "LoRA "
            "should change nothing.",
        )


def test_frozen(run):
    """Frozen weights stay the same in the training

    Page: "Every weight that is not A or B is the same after `train_lora`."
    """
    changed = run("frozen")
    if changed:
        raise Diagnosis(
            "frozen", f"Your train_lora changes `{changed[0]}`, which is neither A nor B; it should stay frozen."
        )


def test_floats(run):
    """The losses are Python floats

    Page: "a list with one float per epoch"
    """
    for kind in run("trained")["types"]:
        assert kind == "float", f"Your losses are of the type {kind}; use loss.item(), so that no graph is kept."


def test_modes(run):
    """The model trains in training mode and ends in evaluation mode

    Page: "leaves the model in evaluation mode"
    """
    data = run("modes")
    for mode in ("training", "evaluation"):
        if not (data[mode] and all(data[mode])):
            raise Diagnosis(
                "mode",
                f"Your train_lora runs a model that was in {mode} mode in evaluation mode, where dropout is off; call "
                "model.train() first.",
            )
    if data["after"]:
        raise Diagnosis("mode", "After your finetune the model is in training mode; call model.eval() at the end.")


def test_merged(run):
    """After finetune the model is a GPT without LoRA layers

    Page: "its state dict has the names of a GPT"
    """
    data = run("merged")
    if data["extra"]:
        raise Diagnosis(
            "not-merged",
            f"After your finetune the state dict has `{data['extra'][0]}`, which a GPT does not have; merge the LoRA "
            "layers.",
        )
    if data["missing"]:
        raise Diagnosis(
            "not-merged", f"After your finetune the state dict has no `{data['missing'][0]}`; a GPT has it."
        )


def test_same_logits(run):
    """The merged model gives the logits of the trained one

    Page: "The model gives the same logits after merging as before"
    """
    data = run("merged")
    if not data["logits"]:
        raise Diagnosis(
            "other-logits",
            "Your finetune gives other logits than your prepare_lora and train_lora without merging, from the same "
            "random "
            "numbers; it should call both, then merge, and change nothing else.",
        )


def test_returned(run):
    """finetune returns the losses of train_lora

    Page: "It returns the losses of `train_lora`."
    """
    if not run("merged")["losses"]:
        raise Diagnosis("returned", "Your finetune does not return the losses of your train_lora; it should.")


def test_other_trainings(run):
    """Other numbers of epochs and learning rates work

    Page: "with the learning rate lr and otherwise the defaults"
    """
    for num_epochs, lr in ((1, 0.2),):
        data, expected = (
            run("trained", num_epochs=num_epochs, lr=lr),
            run.reference("trained", num_epochs=num_epochs, lr=lr),
        )
        what = f"list of losses of `train_lora(model, train_loader, {num_epochs}, {lr})`"
        run.equal(data["losses"], expected["losses"], what=what, rtol=1e-3)


def test_by_name(run):
    """The arguments have the names of the page

    Page: "**`train_lora(model, train_loader, num_epochs, lr)`**"
    """
    what = "numbers of losses of train_lora and finetune for one epoch, with named arguments"
    run.equal(run("by_name"), run.reference("by_name"), what=what)


def test_learned(run):
    """Twelve epochs teach the model to classify

    Page: "a GPT becomes a classifier"
    """
    data = run.once("learned")
    first, last = data["losses"]
    assert last < 0.75 * first, (
        f"In 12 epochs your loss goes from {first:.2f} to {last:.2f}; it should fall by more than a quarter."
    )
    assert data["accuracy"] > 0.75, (
        f"After your finetune the model classifies {data['accuracy']:.0%} of its training texts correctly; it should "
        "be above 75%."
    )
