"""Checks for `save_checkpoint` and `load_checkpoint`: what is restored, the file, and files that do not fit."""

import torch

from exercises.kit import diagnose


def test_step(run):
    """The step is restored

    Page: "the number that was saved, an int"
    """
    for saved, loaded in run("steps").items():
        run.equal(loaded, saved, what=f"step that `load_checkpoint` returns after step={saved} was saved")


def test_file(run):
    """The file is written where it should be, and contains everything

    Page: "The file must contain everything"
    """
    data = run("file")
    diagnose(
        data["written"],
        "other-file",
        f"Yours writes no file of the name `path`: its folder has {', '.join(data.get('names', ())) or 'no file'}; it "
        "should write everything to exactly `path`.",
    )
    diagnose(
        "raised" not in data,
        "moved-file",
        f"Yours raises {data.get('raised')} for a file that was moved to another folder, and loads it where it was "
        "written; it should keep nothing in memory, and read everything from the file `path`.",
    )
    assert same(data["saved"], data["loaded"]), (
        "A file that is moved to another folder, and loaded after another training was saved, does not give the "
        "weights that were saved in it. Keep nothing in memory, and let the file contain everything."
    )


def test_weights(run):
    """The model is restored as it was when it was saved

    Page: "all parameters of the model, the frozen ones too, and its buffers"
    """
    data = run("resumed")
    saved, loaded = data["saved"], data["loaded"]
    for kind, prefixes in (("weights", ("first", "out", "norm.weight", "norm.bias")), ("frozen weights", ("frozen",)),
                           ("buffers", ("norm.running", "norm.num"))):  # fmt: skip
        for name in saved:
            if name.startswith(prefixes):
                diagnose(
                    torch.equal(saved[name], loaded[name]),
                    f"{kind.replace(' ', '-')}-not-restored",
                    f"Yours does not give the model the {kind} `{name}` that it had when it was saved; it should "
                    "restore all of model.state_dict() exactly.",
                )


def test_in_place(run):
    """The model keeps its parameter tensors, frozen or not

    Page: "Copy into them"
    """
    data = run("resumed")
    assert data["is_same"], (
        "Your `load_checkpoint` gives the model new parameter tensors, which the optimizer does not hold. Copy into "
        "the existing ones, as load_state_dict does by default."
    )
    expected = run.reference("resumed")["trainable"]
    assert data["trainable"] == expected, "Your `load_checkpoint` changes requires_grad of the model's weights."


def test_optimizer(run):
    """The optimizer is restored

    Page: "the state of the optimizer: its averages, and its settings such as the learning rate"
    """
    data = run("resumed")
    assert data.get("averages"), (
        "After your `load_checkpoint` the optimizer has no running averages. Save optimizer.state_dict() too, and load "
        "it into the given optimizer."
    )
    run.equal(data["lr"], 0.02, what="learning rate of the optimizer after `load_checkpoint`")


def test_resumed(run):
    """A resumed training gives the weights of one without a stop

    Page: "**exactly** the weights of five steps without a stop"
    """
    data = run("resumed")
    for name, weight in data["uninterrupted"].items():
        assert torch.allclose(weight.double(), data["resumed"][name].double(), rtol=1e-5, atol=1e-6), (
            f"After three steps, a checkpoint and two more steps your `{name}` differs from that after five steps "
            "without a stop. Restore the model and the optimizer exactly."
        )


def test_misfits(run):
    """A file that does not fit raises an error

    Page: "A file that does not fit must not be loaded in silence."
    """
    for problem, accepted in run("misfits").items():
        assert not accepted, (
            f"Your `load_checkpoint` loads a file with {problem}, without an error. Let load_state_dict raise it: "
            "neither strict=False nor try."
        )


def test_precision(run):
    """The numbers are saved exactly

    Page: "exactly as it was when it was saved"
    """
    assert run("precision"), (
        "Weights in float64 are not the same after your `save_checkpoint` and `load_checkpoint`. Save them in their "
        "own dtype."
    )


def test_overwritten(run):
    """Saving again replaces the file

    Page: "writes everything that is needed to the file `path`"
    """
    run.same("overwritten", what="step after saving steps 1 and 2 to the same file")


def test_by_name(run):
    """The arguments have the names of the page

    Page: "save_checkpoint(model, optimizer, step, path)"
    """
    run.same("by_name", what="step after both calls with named arguments")


def test_saving_keeps_the_mode(run):
    """Saving leaves the mode

    Page: "Saving changes nothing, not even the model's mode"
    """
    assert run("evaluating") == 0, (
        "Your `save_checkpoint` puts a model in evaluation mode into training mode; it should leave the mode."
    )


def test_other_steps(run):
    """Other numbers of steps before and after the checkpoint work

    Page: "give **exactly** the weights of five steps without a stop"
    """
    for before, after in ((1, 1), (4, 3)):
        data = run("resumed", before=before, after=after)
        assert same(data["uninterrupted"], data["resumed"]), (
            f"{before} steps, a checkpoint and {after} more steps do not give the weights of {before + after} steps."
        )


def same(first, second):
    return all(torch.allclose(first[name].double(), second[name].double(), rtol=1e-5, atol=1e-6) for name in first)
