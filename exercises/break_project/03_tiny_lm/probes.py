"""Probes for `train_char_lm`. All but the last train for a few steps and return properties of the training, since
correct solutions differ in their random numbers."""

import torch

from exercises.kit import ProbeProblem, TrainingProgress, TrainingWatch, stochastic, summarized_by, token_ids

CFG = {"context_length": 8, "emb_dim": 16, "n_heads": 2, "n_layers": 1, "drop_rate": 0.2}
# The held-out tenth is in upper case, the rest in lower case; no character follows itself.
SMALL = "".join("abcdefghijkl\n"[(7 * i + i * i % 11) % 13] for i in range(360))
TEXT = SMALL + "ABCDEFGH" * 5
KEPT = {}


def train(impl, text=TEXT, steps=1, seed=1, **changes):
    """(model, encode, decode), after checking their types."""
    result = impl.train_char_lm(text, {**CFG, **changes}, steps, seed)
    if not isinstance(result, tuple) or len(result) != 3:
        raise ProbeProblem("train_char_lm should return a tuple of three: model, encode, decode.")
    if not isinstance(result[0], torch.nn.Module):
        raise ProbeProblem("The first returned object should be the model, a torch.nn.Module.")
    if not callable(result[1]) or not callable(result[2]):
        raise ProbeProblem("The second and third returned objects should be the functions encode and decode.")
    return result


def ids(model_vocab=12, rows=2, length=8):
    return token_ids(rows, length, vocab_size=model_vocab)


def logits(model, inputs):
    with torch.no_grad():
        output = model(inputs)
    if not isinstance(output, torch.Tensor) or output.dim() != 3:
        raise ProbeProblem("model(ids) should return one tensor, the logits of shape (B, T, V).")
    return output


@stochastic
def tokens(impl):
    """Results of encode and decode, before and after a second training."""
    _, encode, decode = train(impl)
    _, other, _ = train(impl, text="xyz \n" * 30)
    encoded = encode(TEXT)
    return {
        "kind": type(encoded).__name__,
        "ints": all(type(i) is int for i in encoded),
        "distinct": sorted(set(encoded)) == list(range(len(set(TEXT)))),
        "back": decode(encoded) if isinstance(encoded, list) else None,
        "end": decode(encode("HAB\nla")),
        "empty": [list(encode("")), decode([])],
        "another": sorted(set(other("zyx"))) != [] and decode(encode("kid")) == "kid",
    }


def training_properties(data):
    """Properties of three steps of training: windows, targets, gradients and updates."""
    inputs, targets, matrices = data["inputs"], data["targets"], data["matrices"]
    return {
        "updates": data["updates"],
        "held_out": any(set(data["held_out"]) & set(batch.flatten().tolist()) for batch in inputs),
        "pieces": all(window in TEXT for window in data["windows"]),
        "longest": max((batch.shape[-1] for batch in inputs), default=8),
        "several": len({tuple(batch.flatten().tolist()) for batch in inputs}) != 1,
        "shift": shift(inputs, targets),
        "last_only": any(t.numel() * 2 < i.numel() for t, i in zip(targets, inputs, strict=False)),
        "accumulated": data["accumulated"],
        "softmax_twice": data["softmax_twice"],
        "optimizers": data["optimizers"] > 2,
        "training": True in data["dropouts"] or not data["dropouts"],
        "still": any(torch.equal(matrix["after"], matrix["before"]) for matrix in matrices),
        "elsewhere": any(matrix["trainable"] and not matrix["listed"] for matrix in matrices),
    }


@stochastic
@summarized_by(training_properties)
def watched(impl):
    """Records of three steps of training: batches, weight matrices before and after, and updates."""
    with TrainingWatch() as watch:
        model, encode, decode = train(impl, steps=3)
    listed = {id(parameter) for parameter in model.parameters()}
    matrices = [
        {"before": first, "after": weight.detach(), "trainable": weight.requires_grad, "listed": id(weight) in listed}
        for weight, first in watch.weights.items()
        if weight.dim() > 1
    ]
    return {
        "inputs": watch.inputs,
        "targets": watch.targets,
        "windows": [decode(row.tolist()) for batch in watch.inputs for row in batch.reshape(-1, batch.shape[-1])],
        "held_out": encode("ABCDEFGH"),
        "matrices": matrices,
        "updates": watch.updates if watch.losses else 3,
        "accumulated": watch.accumulated,
        "softmax_twice": watch.softmax_twice,
        "optimizers": len(watch.optimizers),
        "dropouts": sorted(watch.dropouts),
    }


def shift(all_inputs, all_targets):
    """The number of characters that the targets are ahead of the inputs; 1 if it cannot be determined."""
    shifts = set()
    for inputs, targets in zip(all_inputs, all_targets, strict=False):
        if inputs.dim() != 2 or targets.numel() != inputs.numel():
            continue
        rows = targets.reshape(inputs.shape)
        ahead = [n for n in range(4) if torch.equal(rows[:, : inputs.shape[1] - n], inputs[:, n:])]
        shifts.add(ahead[0] if ahead else None)
    return shifts.pop() if len(shifts) == 1 else 1


def result_properties(data):
    """Whether the model is in training mode, and properties of its logits."""
    first, repeated = data["logits"], data["repeated"]
    return {
        "training": data["training"],
        "same_again": torch.equal(first, data["again"]),
        "causal": torch.allclose(first[:, :5], data["changed"][:, :5], atol=1e-5),
        "positions": not torch.allclose(repeated[0, 0], repeated[0, 7], atol=1e-6),
        "probabilities": torch.allclose(first.sum(-1), torch.ones(2, 8), atol=1e-4),
    }


@stochastic
@summarized_by(result_properties)
def result(impl):
    """The mode of the returned model, and its logits: twice for the same ids, for later ids changed, for equal ids."""
    model, encode, _ = train(impl, drop_rate=0.5)
    inputs = torch.tensor([encode("badlife\ng"[:8]), encode("helicade")])
    changed = inputs.clone()
    changed[:, 5:] = torch.tensor(encode("fab"))
    return {
        "training": any(part.training for part in model.modules()),
        "logits": logits(model, inputs),
        "again": logits(model, inputs),
        "changed": logits(model, changed),
        "repeated": logits(model, torch.full((1, 8), encode("c")[0])),
    }


@stochastic
def shapes(impl):
    """The shapes of the logits for several batch sizes and window lengths."""
    model, _, _ = train(impl)
    sizes = ((1, 1), (3, 2), (2, 7), (1, 8))
    return [list(logits(model, ids(rows=rows, length=length)).shape) for rows, length in sizes]


@stochastic
@summarized_by(lambda weights: {name: weights[name] > weights["base"] for name in ("layers", "width")})
def sizes(impl):
    """The numbers of weights: with CFG, with more layers, and with a larger emb_dim."""

    def weights(**changes):
        model, _, _ = train(impl, **changes)
        return sum(parameter.numel() for parameter in model.parameters())

    return {"base": weights(), "layers": weights(n_layers=2), "width": weights(emb_dim=24)}


def dependence(rows):
    """Whether the logits of two rows of ids differ, and whether they are finite."""
    return {"depends": not torch.allclose(rows[0], rows[1], atol=1e-6), "finite": bool(rows.isfinite().all())}


@stochastic
@summarized_by(dependence)
def all_dropped(impl):
    """The logits in training mode for two rows of ids and drop_rate=1, which drops the embeddings too."""
    model, _, _ = train(impl, drop_rate=1.0)
    model.train()
    return logits(model, ids(rows=2))


def determinism(data):
    """Whether the seed alone determines the model."""
    return {
        "repeats": torch.allclose(data["first"], data["again"], atol=1e-6),
        "differs": not torch.allclose(data["first"], data["other"], atol=1e-3),
    }


@stochastic
@summarized_by(determinism)
def seeds(impl):
    """The logits of three models, two of them with the same seed."""
    inputs = ids()
    before = torch.get_rng_state()
    first = logits(train(impl, steps=2, seed=5)[0], inputs)
    torch.rand(3)
    again = logits(train(impl, steps=2, seed=5)[0], inputs)
    other = logits(train(impl, steps=2, seed=6)[0], inputs)
    torch.set_rng_state(before)
    return {"first": first, "again": again, "other": other}


def settings(impl):
    """The cfg after training."""
    cfg = dict(CFG)
    impl.train_char_lm(TEXT, cfg, 1, 1)
    return cfg


def learn(impl, text, cfg, steps):
    """Trains for many steps, reports the progress, and keeps the model for `predict`."""
    with TrainingProgress(steps):
        KEPT["model"], KEPT["encode"], _ = impl.train_char_lm(text, cfg, steps, 1)
    return {"letters": sorted(set(text)), "ids": [KEPT["encode"](letter) for letter in sorted(set(text))]}


def predict(impl, windows):
    """The logits after each window. This process never receives the characters that follow."""
    model, encode = KEPT["model"], KEPT["encode"]
    inputs = torch.tensor([encode(window) for window in windows])
    return torch.cat([logits(model, part)[:, -1] for part in inputs.split(250)]).float()
