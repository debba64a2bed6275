"""What is asked of a train_char_lm. All trainings but the last one take a few steps, and what is told are facts, since
no two right solutions draw the same numbers."""

import torch

from grader.probing import ProbeProblem, token_ids
from grader.watching import Progress, Watch, by_chance

CFG = {"context_length": 8, "emb_dim": 16, "n_heads": 2, "n_layers": 1, "drop_rate": 0.2}
# the first nine tenths in small letters, the rest in capitals; no letter stands beside itself
SMALL = "".join("abcdefghijkl\n"[(7 * i + i * i % 11) % 13] for i in range(360))
TEXT = SMALL + "ABCDEFGH" * 5
KEPT = {}


def train(impl, text=TEXT, steps=1, seed=1, **changes):
    """(model, encode, decode), after a look at what they are."""
    made = impl.train_char_lm(text, {**CFG, **changes}, steps, seed)
    if not isinstance(made, tuple) or len(made) != 3:
        raise ProbeProblem("train_char_lm should return three things: return model, encode, decode.")
    if not isinstance(made[0], torch.nn.Module):
        raise ProbeProblem("The first thing returned should be the model, a torch.nn.Module.")
    if not callable(made[1]) or not callable(made[2]):
        raise ProbeProblem("The second and third thing returned should be the functions encode and decode.")
    return made


def ids(model_vocab=12, rows=2, length=8):
    return token_ids(rows, length, vocab_size=model_vocab)


def logits(model, given):
    with torch.no_grad():
        found = model(given)
    if not isinstance(found, torch.Tensor) or found.dim() != 3:
        raise ProbeProblem("model(ids) should give logits of shape (B, T, V), one tensor and nothing else.")
    return found


@by_chance
def tokens(impl):
    """encode and decode, on the text and its end, and after another training."""
    _, encode, decode = train(impl)
    _, other, _ = train(impl, text="xyz \n" * 30)
    found = encode(TEXT)
    return {
        "kind": type(found).__name__,
        "ints": all(type(i) is int for i in found),
        "distinct": sorted(set(found)) == list(range(len(set(TEXT)))),
        "back": decode(found) if isinstance(found, list) else None,
        "end": decode(encode("HAB\nla")),
        "empty": [list(encode("")), decode([])],
        "another": sorted(set(other("zyx"))) != [] and decode(encode("kid")) == "kid",
    }


@by_chance
def watched(impl):
    """What went into three steps of training."""
    with Watch() as watch:
        model, encode, decode = train(impl, steps=3)
    held_out = set(encode("ABCDEFGH"))
    windows = [row for batch in watch.inputs for row in batch.reshape(-1, batch.shape[-1])]
    own = {id(parameter) for parameter in model.parameters()}
    still = [w for w, first in watch.weights.items() if w.dim() > 1 and torch.equal(w.detach(), first)]
    shown = {tuple(batch.flatten().tolist()) for batch in watch.inputs}
    return {
        "updates": watch.updates if watch.losses else 3,
        "held_out": any(held_out & set(row.tolist()) for row in windows),
        "pieces": all(decode(row.tolist()) in TEXT for row in windows),
        "longest": max((len(row) for row in windows), default=8),
        "several": len(shown) != 1,
        "shift": shift(watch),
        "last_only": any(t.numel() * 2 < i.numel() for t, i in zip(watch.targets, watch.inputs, strict=False)),
        "piled_up": watch.piled_up,
        "softmax_first": watch.softmax_first,
        "optimizers": len(watch.optimizers) > 2,
        "training": True in watch.dropouts or not watch.dropouts,
        "still": len(still) > 0,
        "elsewhere": any(id(w) not in own for w in watch.weights if w.requires_grad and w.dim() > 1),
    }


def shift(watch):
    """By how many characters the targets are ahead of the inputs; 1 where it cannot be seen."""
    found = set()
    for inputs, targets in zip(watch.inputs, watch.targets, strict=False):
        if inputs.dim() != 2 or targets.numel() != inputs.numel():
            continue
        rows = targets.reshape(inputs.shape)
        ahead = [n for n in range(4) if torch.equal(rows[:, : inputs.shape[1] - n], inputs[:, n:])]
        found.add(ahead[0] if ahead else None)
    return found.pop() if len(found) == 1 else 1


@by_chance
def result(impl):
    """The model as it is handed over."""
    model, encode, _ = train(impl, drop_rate=0.5)
    given = torch.tensor([encode("badlife\ng"[:8]), encode("helicade")])
    later = given.clone()
    later[:, 5:] = torch.tensor(encode("fab"))
    one = logits(model, given)
    alike = logits(model, torch.full((1, 8), encode("c")[0]))
    return {
        "training": any(part.training for part in model.modules()),
        "same_again": bool(torch.equal(one, logits(model, given))),
        "causal": bool(torch.allclose(one[:, :5], logits(model, later)[:, :5], atol=1e-5)),
        "positions": not bool(torch.allclose(alike[0, 0], alike[0, 7], atol=1e-6)),
        "probabilities": bool(torch.allclose(one.sum(-1), torch.ones(2, 8), atol=1e-4)),
    }


@by_chance
def shapes(impl):
    """The shapes of logits for batches and windows of several sizes."""
    model, _, _ = train(impl)
    sizes = ((1, 1), (3, 2), (2, 7), (1, 8))
    return [list(logits(model, ids(rows=rows, length=length)).shape) for rows, length in sizes]


@by_chance
def sizes(impl):
    """Whether a further layer and a larger width add weights."""

    def weights(**changes):
        model, _, _ = train(impl, **changes)
        return sum(parameter.numel() for parameter in model.parameters())

    one = weights()
    return {"layers": weights(n_layers=2) > one, "width": weights(emb_dim=24) > one}


@by_chance
def all_dropped(impl):
    """Whether logits in training depend on the ids where drop_rate is 1: embeddings, too, are dropped then."""
    model, _, _ = train(impl, drop_rate=1.0)
    model.train()
    rows = logits(model, ids(rows=2)).detach()
    return {"depends": not bool(torch.allclose(rows[0], rows[1], atol=1e-6)), "finite": bool(rows.isfinite().all())}


@by_chance
def seeds(impl):
    """Whether the seed, and nothing but the seed, decides; and what other random numbers feel of it."""
    given = ids()
    before = torch.get_rng_state()
    first = logits(train(impl, steps=2, seed=5)[0], given)
    untouched = torch.equal(before, torch.get_rng_state())
    torch.rand(3)
    again = logits(train(impl, steps=2, seed=5)[0], given)
    other = logits(train(impl, steps=2, seed=6)[0], given)
    torch.set_rng_state(before)
    return {
        "repeats": bool(torch.allclose(first, again, atol=1e-6)),
        "differs": not bool(torch.allclose(first, other, atol=1e-3)),
        "untouched": bool(untouched),
    }


def settings(impl):
    """The cfg after a training."""
    cfg = dict(CFG)
    impl.train_char_lm(TEXT, cfg, 1, 1)
    return cfg


def learn(impl, text, cfg, steps):
    """Trains in earnest, tells how far it is, and keeps the model for `predict`."""
    with Progress(steps):
        KEPT["model"], KEPT["encode"], _ = impl.train_char_lm(text, cfg, steps, 1)
    return {"letters": sorted(set(text)), "ids": [KEPT["encode"](letter) for letter in sorted(set(text))]}


def predict(impl, windows):
    """The logits for what follows each window; which character does, this process is never told."""
    model, encode = KEPT["model"], KEPT["encode"]
    given = torch.tensor([encode(window) for window in windows])
    return torch.cat([logits(model, part)[:, -1] for part in given.split(250)]).float()
