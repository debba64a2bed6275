"""Probes for `save_checkpoint` and `load_checkpoint`: each works in a folder of its own."""

import tempfile
from pathlib import Path

import torch
from torch import nn

from exercises.kit import Int, fill, numbers, summarized_by


class Net(nn.Module):
    """A network with a frozen layer, and with buffers that training changes."""

    def __init__(self, outputs=2, lacks=""):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.out = nn.Linear(4, outputs)
        if lacks:
            delattr(self, lacks)

    def forward(self, x):
        return self.out(torch.tanh(self.frozen(self.norm(self.first(x)))))


def network(factor=1.0, **options):
    """A network whose parameters are multiples of fixed numbers."""
    model = fill(Net(**options))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(factor)
    return model


def adamw(model, lr=0.05):
    return torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=lr)


def train(model, optimizer, steps):
    """One update for each of these step numbers."""
    for step in steps:
        loss = model(numbers(5, 3, seed=step)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def values(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def other_training():
    """A model and an optimizer with other values, to load into."""
    model = network(-0.5)
    return model, adamw(model, lr=0.001)


def resumed(impl, before: Int[1, 4] = 3, after: Int[1, 3] = 2):
    """A training that goes on after it is saved, and one that is loaded and does the same steps."""
    model = network()
    optimizer = adamw(model)
    train(model, optimizer, range(before))
    for group in optimizer.param_groups:
        group["lr"] = 0.02  # as a schedule does
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/run.pth"
        saved = values(model)
        impl.save_checkpoint(model, optimizer, before, path)
        train(model, optimizer, range(before, before + after))
        new_model, new_optimizer = other_training()
        parameters = [id(weight) for weight in new_model.parameters()]
        step = impl.load_checkpoint(path, new_model, new_optimizer)
    loaded = values(new_model)
    is_same = parameters == [id(weight) for weight in new_model.parameters()]
    lr = new_optimizer.param_groups[0]["lr"]
    trainable = [name for name, weight in new_model.named_parameters() if weight.requires_grad]
    if any(name.startswith("frozen") for name in trainable) or len(trainable) != 6:
        return {"step": step, "saved": saved, "loaded": loaded, "is_same": is_same, "trainable": trainable}
    train(new_model.train(), new_optimizer, range(before, before + after))
    return {
        "step": step,
        "saved": saved,
        "loaded": loaded,
        "is_same": is_same,
        "lr": lr,
        "averages": bool(new_optimizer.state),
        "uninterrupted": values(model),
        "resumed": values(new_model),
        "trainable": trainable,
    }


def steps(impl):
    """The types and values of the steps that are loaded."""
    loaded = {}
    for step in (0, 1, 12_345):
        with tempfile.TemporaryDirectory() as folder:
            model, optimizer = other_training()
            impl.save_checkpoint(model, optimizer, step, f"{folder}/a.pth")
            loaded[step] = impl.load_checkpoint(f"{folder}/a.pth", *other_training())
    return loaded


def file(impl):
    """Whether the file is where it should be, and whether it can be loaded from another folder after a second training
    was saved."""
    model, other = network(), network(0.3)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
        path = Path(folder, "first")
        impl.save_checkpoint(model, adamw(model), 5, str(path))
        if not path.is_file() or not path.stat().st_size:
            return {"written": False, "names": sorted(each.name for each in Path(folder).iterdir())[:3]}
        impl.load_checkpoint(str(path), *other_training())
        moved = path.rename(Path(elsewhere, "moved.pt"))
        impl.save_checkpoint(other, adamw(other), 6, f"{folder}/second")
        new_model, new_optimizer = other_training()
        try:
            impl.load_checkpoint(str(moved), new_model, new_optimizer)
        except Exception as error:  # it was loaded before it was moved
            return {"written": True, "raised": type(error).__name__}
    return {"written": True, "saved": values(model), "loaded": values(new_model)}


def overwritten(impl):
    """The step after saving twice to one file."""
    model = network()
    with tempfile.TemporaryDirectory() as folder:
        impl.save_checkpoint(model, adamw(model), 1, f"{folder}/a")
        impl.save_checkpoint(model, adamw(model), 2, f"{folder}/a")
        return impl.load_checkpoint(f"{folder}/a", *other_training())


def by_name(impl):
    """The step that is loaded, for named arguments."""
    model = network()
    with tempfile.TemporaryDirectory() as folder:
        impl.save_checkpoint(model=model, optimizer=adamw(model), step=3, path=f"{folder}/a")
        new_model, new_optimizer = other_training()
        return impl.load_checkpoint(path=f"{folder}/a", model=new_model, optimizer=new_optimizer)


def accepted(impl, saved):
    """Whether a file of a different network is loaded without an error. The optimizers hold the first layer only."""
    model, new_model = network(**saved), network()
    with tempfile.TemporaryDirectory() as folder:
        impl.save_checkpoint(model, torch.optim.AdamW(model.first.parameters()), 1, f"{folder}/a")
        try:
            impl.load_checkpoint(f"{folder}/a", new_model, torch.optim.AdamW(new_model.first.parameters()))
        except Exception:
            return False
    return True


def misfits(impl):
    """Whether files of other networks are loaded without an error, by what is wrong with them."""
    return {
        "an output layer of 3 numbers, where the model has 2": accepted(impl, {"outputs": 3}),
        "an output layer of 1 number, where the model has 2": accepted(impl, {"outputs": 1}),
        "no weights of the output layer": accepted(impl, {"lacks": "out"}),
        "no running means": accepted(impl, {"lacks": "norm"}),
    }


@summarized_by(lambda data: torch.equal(data["saved"], data["loaded"]))
def precision(impl):
    """Weights in float64, as saved and as loaded; whether they are equal."""
    model, new_model = network().double(), network(2.0).double()
    with torch.no_grad():
        model.out.weight += 1e-12
    with tempfile.TemporaryDirectory() as folder:
        impl.save_checkpoint(model, adamw(model), 1, f"{folder}/a")
        impl.load_checkpoint(f"{folder}/a", new_model, adamw(new_model))
    return {"saved": values(model)["out.weight"], "loaded": values(new_model)["out.weight"]}


def evaluating(impl):
    """The number of modules in training mode after a model in evaluation mode was saved."""
    model = network().eval()
    with tempfile.TemporaryDirectory() as folder:
        impl.save_checkpoint(model, adamw(model), 1, f"{folder}/a")
    return sum(module.training for module in model.modules())
