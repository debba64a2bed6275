"""Your greedy text from a model of letters: where it falls into a loop, and how sure each choice was."""

import torch

from exercises.drawings import Bars, Note, visible
from exercises.kit import Int, Text, letters
from exercises.texts import short_story

CONTEXT = 8


def loop_of(text):
    """The shortest part that the text ends with at least three times in a row, or ""."""
    return next((text[-n:] for n in range(1, len(text) // 3 + 1) if text.endswith(text[-n:] * 3)), "")


def draw(impl, text: Text[1, 60] = "the ferryman", tokens: Int[1, 200] = 120):
    model = letters.LetterModel(short_story(), 3)
    idx = torch.tensor([letters.encode(text) or [0]])
    ids = impl.generate_text_simple(model, idx, tokens, CONTEXT)
    new = ids[0, idx.shape[1] :]
    probabilities = model(ids)[0, :-1].softmax(dim=-1)[-len(new) :]
    chosen = probabilities.gather(1, new[:, None])[:, 0]
    best = int((chosen >= probabilities.amax(dim=-1) - 1e-6).sum())
    loop = loop_of(letters.decode(ids[0]))
    says = f"It repeats “{loop.strip()}”, as greedy text often does." if loop else "It has not fallen into a loop yet."
    return [
        Note(letters.decode(ids[0]), title=f"Your prompt and {len(new)} letters more", caption=says),
        Bars([visible(letters.decode([i])) for i in new[:16]], chosen[:16], title="Probabilities of the first 16",
             caption=f"{best} of {len(new)} letters were the most probable ones; their mean is {chosen.mean():.0%}."),
    ]  # fmt: skip
