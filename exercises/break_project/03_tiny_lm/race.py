"""The loss on new stories after a training of 60 CPU-seconds, from the same text, with the same sizes of the model."""

import torch

BUDGET = 60.0  # CPU-seconds; the judge chooses `steps` so that the training takes that long
CFG = {"context_length": 32, "emb_dim": 64, "n_heads": 4, "n_layers": 2, "drop_rate": 0.0}
KEPT = {}


def examples(seed: int, new_seed: int):
    """In the judge: the text to train on, windows of new text, and the character that follows each."""
    from exercises.texts import many_stories

    text, new = many_stories(200_000, seed=seed), many_stories(20_000, seed=new_seed)
    length, letters = CFG["context_length"], set(text)
    starts = [start for start in range(0, len(new) - length - 1, 17) if set(new[start : start + length + 1]) <= letters]
    return text, [new[start : start + length] for start in starts], [new[start + length] for start in starts]


def learn(impl, text: str, steps: int, seed: int):
    """Trains, and returns the id of each character in alphabetical order."""
    KEPT["model"], KEPT["encode"], _ = impl.train_char_lm(text, dict(CFG), steps, seed)
    return [KEPT["encode"](letter)[0] for letter in sorted(set(text))]


def predict(impl, windows: list):
    """The logits after each window."""
    ids = torch.tensor([KEPT["encode"](window) for window in windows])
    with torch.no_grad():
        return torch.cat([KEPT["model"](part)[:, -1] for part in ids.split(256)])
