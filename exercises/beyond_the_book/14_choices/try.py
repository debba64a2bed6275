"""Your scores with the model pocket: how well does it find the words that really continue your sentence?"""

from exercises.drawings import Bars, Note, Table
from exercises.kit import Int, Text, pocket


class Pieces:
    """Encodes texts that consist of words of the sentence."""

    def __init__(self, words):
        self.ids = {"".join(piece for _, piece in word).strip(): [idx for idx, _ in word] for word in reversed(words)}

    def encode(self, text, **options):
        return [idx for word in text.split() for idx in self.ids[word]]


def gpt_of(model):
    """Pocket as a module of the course's parts."""
    from parts import GPTModel

    vocab_size, emb_dim = model.weights["tok_emb.weight"].shape
    layers = 1 + max(int(name.split(".")[1]) for name in model.weights if name.startswith("trf_blocks."))
    cfg = {"vocab_size": vocab_size, "context_length": len(model.weights["pos_emb.weight"]), "emb_dim": emb_dim}
    cfg |= {"n_heads": model.n_heads, "n_layers": layers, "drop_rate": 0.0, "qkv_bias": False}
    gpt = GPTModel(cfg)
    gpt.load_state_dict(model.weights, strict=False)
    return gpt.eval()


def draw(impl, text: Text[20, 300] = "In a yellow house near the station lived a boy whose name was Luis.",
         longest: Int[1, 5] = 3):  # fmt: skip
    model = pocket.get()
    words = []
    for idx, piece in zip(model.ids, model.pieces, strict=True) if model else ():
        if not words or piece[:1].isspace():
            words.append([])
        words[-1].append((idx, piece))
    names = ["".join(piece for _, piece in word).strip() for word in words]
    if len(names) < 6 or "" in names:
        return [Note("The model pocket is not there, or the text has fewer than six words, or spaces in a row.")]
    half = len(names) // 2
    choices = [" ".join(names[half : half + n]) for n in range(1, longest + 1)]  # what really follows
    choices += [" ".join(names[i : i + 2]) for i in range(half + 1, len(names) - 1)]
    choices = list(dict.fromkeys(choices))[:10]
    scores = impl.score_choices(gpt_of(model), Pieces(words), " ".join(names[:half]), choices)
    kinds = ("total", "per_token", "per_byte")
    best = {kind: choices[max(range(len(choices)), key=lambda i: scores[i][kind])] for kind in kinds}
    rows = [[f"…{choice}", *(f"{score[kind]:.3g}" for kind in kinds)]
            for choice, score in zip(choices, scores, strict=True)]  # fmt: skip
    return [
        Table(["choice", *kinds], rows, title=f"After “{' '.join(names[:half])}”",
              caption="Best: " + ", ".join(f"“{best[kind]}” by {kind}" for kind in kinds) + "."),
        Bars(choices, [-score["per_token"] for score in scores], title="Loss per token (shorter is more likely)",
             caption=f"The text really continues with “{names[half]}”. All choices are words of your text."),
    ]  # fmt: skip
