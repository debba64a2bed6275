"""Probes for the fine-tuning of a small GPT, which is made of the solution's own parts."""

import sys

import torch
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import ProbeProblem, TrainingProgress, fill, numbers, stochastic, summarized_by, token_ids

EMB, CLASSES, VOCAB = 8, 2, 9
# every linear layer with its in_features and out_features
LINEARS = {
    "trf_blocks.0.att.W_query": (EMB, EMB),
    "trf_blocks.0.att.W_key": (EMB, EMB),
    "trf_blocks.0.att.W_value": (EMB, EMB),
    "trf_blocks.0.att.out_proj": (EMB, EMB),
    "trf_blocks.0.ff.layers.0": (EMB, 4 * EMB),
    "trf_blocks.0.ff.layers.2": (4 * EMB, EMB),
    "out_head": (EMB, CLASSES),
}
EPOCHS, RATE = 2, 0.05


def gpt(impl, drop_rate=0.0):
    """A GPT of the solution's parts, or of the reference's, with fixed weights."""
    cfg = {"vocab_size": VOCAB, "context_length": 6, "emb_dim": EMB, "n_heads": 2, "n_layers": 1}
    kind = sys.modules["parts"].GPTModel if "parts" in sys.modules else impl.GPTModel
    return fill(kind({**cfg, "drop_rate": drop_rate, "qkv_bias": False}))


def texts(n=7, batch_size=3):
    """A loader of texts, whose last batch is smaller; the class of a text is whether its last id is above 4."""
    ids = token_ids(n, 6, vocab_size=VOCAB)
    return DataLoader(TensorDataset(ids, (ids[:, -1] > 4).long()), batch_size=batch_size)


def parts_of(model, place, rank=1):
    """A and B of the layer at a place, identified by their shapes; the layer's other parameters."""
    try:
        layer = model.get_submodule(place)
    except AttributeError:
        raise ProbeProblem(f"After your prepare_lora the model has no `{place}`.") from None
    in_dim, out_dim = LINEARS[place]
    parameters = list(layer.parameters())
    A = [p for p in parameters if tuple(p.shape) == (in_dim, rank)]
    B = [p for p in parameters if tuple(p.shape) == (rank, out_dim)]
    if len(A) != 1 or len(B) != 1:
        raise ProbeProblem(
            f"After your prepare_lora with rank={rank}, `model.{place}` should be a linear layer of {in_dim} → "
            f"{out_dim} with LoRA, with A of shape {(in_dim, rank)} and B of shape {(rank, out_dim)}; it is a "
            f"{type(layer).__name__} with parameters of the shapes {[tuple(p.shape) for p in parameters]}."
        )
    rest = [p for p in parameters if p is not A[0] and p is not B[0]]
    return A[0], B[0], rest


def prepared(impl, drop_rate=0.0):
    """A prepared model of rank 1, with fixed weights in the new head and in every A and B."""
    model = gpt(impl, drop_rate)
    impl.prepare_lora(model, CLASSES, 1, 2)
    with torch.no_grad():
        for place in LINEARS:
            for name, matrix in zip("AB", parts_of(model, place)[:2], strict=True):
                matrix.copy_(numbers(*matrix.shape, seed=f"{place} {name}") * 0.3)
        for parameter in parts_of(model, "out_head")[2]:
            parameter.copy_(numbers(*parameter.shape, seed="head") * 0.3)
    return model


def as_floats(losses, function="train_lora", expected="a list with one float per epoch"):
    """The losses that a function returns as a list of floats."""
    items = losses if isinstance(losses, list | tuple) else [None]
    if not all(isinstance(item, int | float | torch.Tensor) for item in items):
        kinds = [type(item).__name__ for item in losses] if items is losses else ""
        raise ProbeProblem(
            f"Your {function} returns a {type(losses).__name__}{' of ' if kinds else ''}{', '.join(kinds)}; it should "
            f"return {expected}."
        )
    return [float(loss) for loss in losses]


def trained(impl, num_epochs=EPOCHS, lr=RATE):
    """The losses of a training of three batches per epoch, their types, and every A and B afterwards, by place."""
    model = prepared(impl)
    losses = impl.train_lora(model, texts(), num_epochs, lr)
    matrices = {}
    for place in LINEARS:
        for name, matrix in zip("AB", parts_of(model, place)[:2], strict=True):
            matrices[f"{name} of {place}"] = matrix.detach().clone()
    types = [type(loss).__name__ for loss in losses] if isinstance(losses, list | tuple) else []
    return {"losses": as_floats(losses), "types": types, "matrices": matrices}


def ready(impl, rank=2):
    """The model that prepare_lora returns: shape of the logits, trainable shapes by place, and the head's base."""
    model = gpt(impl)
    impl.prepare_lora(model, 3, rank, 4)
    inside = [name for name, p in model.named_parameters() if p.requires_grad]
    linears = [p for place in LINEARS for p in model.get_submodule(place).parameters() if p.requires_grad]
    head = [list(p.shape) for p in model.out_head.parameters() if not p.requires_grad]
    return {
        "logits": list(model(token_ids(2, 5, vocab_size=VOCAB)).shape),
        "trainable": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "outside": len(inside) - len(linears),
        "head": sorted(head),
        "alpha": getattr(getattr(model.out_head, "lora", None), "alpha", 4),
    }


def unchanged(impl):
    """The hidden vectors before the head, of the GPT and of the prepared model, which should be equal."""
    results = []
    for prepare in (False, True):
        model, seen = gpt(impl), []
        if prepare:
            impl.prepare_lora(model, CLASSES, 2, 4)
        model.final_norm.register_forward_hook(lambda module, args, result, seen=seen: seen.append(result.detach()))
        model(token_ids(2, 5, vocab_size=VOCAB))
        results += seen[:1]
    return results


def frozen(impl):
    """Which weights that are not A or B change in a training, by name."""
    model = prepared(impl)
    ours = {id(matrix) for place in LINEARS for matrix in parts_of(model, place)[:2]}
    before = {name: p.detach().clone() for name, p in model.named_parameters() if id(p) not in ours}
    impl.train_lora(model, texts(), 1, RATE)
    after = dict(model.named_parameters())
    return [name for name, value in before.items() if not torch.equal(after[name], value)]


def modes(impl):
    """The modes of the model in the forward passes of the training, by its mode before, and the mode after finetune."""
    modes = {}
    for mode in ("evaluation", "training"):
        model, seen = prepared(impl).train(mode == "training"), []
        model.register_forward_pre_hook(lambda module, args, seen=seen: seen.append(module.training))
        impl.train_lora(model, texts(3), 1, RATE)
        modes[mode] = seen
    other = gpt(impl)
    impl.finetune(other, CLASSES, texts(3), 1, 2, 1, RATE)
    return modes | {"after": any(module.training for module in other.modules())}


def close(data):
    return {**data, "logits": bool(torch.allclose(*data["logits"], rtol=1e-3, atol=1e-4))}


@summarized_by(close)
def merged(impl, rank=3, num_epochs=2):
    """The logits of finetune and, from equal random numbers, of the first two functions without merging; the names in
    the state dict, and the shapes in the model, after finetune."""
    loader, ids = texts(3), token_ids(3, 6, vocab_size=VOCAB)
    torch.default_generator.manual_seed(5)
    apart = gpt(impl)
    impl.prepare_lora(apart, CLASSES, rank, 4)
    losses = impl.train_lora(apart, loader, num_epochs, RATE)
    torch.default_generator.manual_seed(5)
    model = gpt(impl)
    names = {*model.state_dict(), "out_head.bias"}
    results = impl.finetune(model, CLASSES, loader, rank, 4, num_epochs, RATE)
    with torch.no_grad():
        logits = [model(ids), apart.eval()(ids)]
    if logits[0].shape != logits[1].shape:
        raise ProbeProblem(f"After your finetune the logits have the shape {tuple(logits[0].shape)}.")
    return {
        "logits": logits,
        "losses": as_floats(losses) == (list(results) if isinstance(results, list | tuple) else results),
        "count": len(results) if isinstance(results, list | tuple) else None,
        "missing": sorted(names - {*model.state_dict()}),
        "extra": sorted({*model.state_dict()} - names),
    }


@stochastic
@summarized_by(lambda data: {"losses": data["losses"], "accuracy": round(data["correct"] / data["texts"], 2)})
def learned(impl):
    """The first and the last loss of a longer fine-tuning, and how many texts are then classified correctly."""
    model, loader = gpt(impl), texts(32, batch_size=16)
    with TrainingProgress(2 * 12):
        losses = impl.finetune(model, CLASSES, loader, 2, 2, 12, 0.04)
    losses = as_floats(losses, "finetune", "the losses of train_lora")
    with torch.no_grad():
        correct = sum(int((model(ids)[:, -1].argmax(-1) == labels).sum()) for ids, labels in loader)
    return {"losses": [losses[0], losses[-1]] if losses else [0.0, 0.0], "correct": correct, "texts": 32}


def by_name(impl):
    """The number of losses of all three functions with named arguments."""
    model = gpt(impl)
    impl.prepare_lora(model=model, num_classes=CLASSES, rank=1, alpha=2)
    losses = impl.train_lora(model=model, train_loader=texts(3), num_epochs=1, lr=RATE)
    merged_losses = impl.finetune(
        model=gpt(impl), num_classes=CLASSES, train_loader=texts(3), rank=1, alpha=2, num_epochs=1, lr=RATE
    )
    return [len(as_floats(losses)), len(as_floats(merged_losses, "finetune", "the losses of train_lora"))]
