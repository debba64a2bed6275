"""Your mixture: which experts the words of a sentence choose, and how many weights real models use per token."""

import torch

from exercises.drawings import Bars, HeatMap, Table
from exercises.kit import Int, Text, fill, sentences

# emb_dim, hidden_dim of an expert, experts, experts per token, layers with experts, as published with the models
MODELS = {
    "Mixtral 8x7B": (4096, 14336, 8, 2, 32),
    "Qwen3-30B-A3B": (2048, 768, 128, 8, 48),
    "gpt-oss 20b": (2880, 2880, 32, 4, 24),
}


def draw(
    impl,
    text: Text[1, 200] = "The ferry was late, so the ferryman told the captain a story about the ferry",
    experts: Int[2, 12] = 6,
    per_token: Int[1, 4] = 2,
):
    words = sentences.words(text)
    x = sentences.word_vectors(words)
    k = min(per_token, experts)
    cfg = {"emb_dim": x.shape[1], "hidden_dim": 8, "num_experts": experts, "num_experts_per_tok": k}
    module, alone, counts = fill(impl.MoEFeedForward(cfg)), [], []
    with torch.no_grad():
        whole = module(x[None])[0]
        for expert in range(experts):  # without this expert, which words change?
            weight = module.fc3[expert].weight
            kept = weight.clone()
            weight.zero_()
            alone.append((module(x[None])[0] - whole).norm(dim=1))
            weight.copy_(kept)
    changes = torch.stack(alone, dim=1)  # (words, experts)
    used = changes > 1e-6
    counts = used.sum(0).tolist()
    cells = [[float(value) if hit else None for value, hit in zip(*row, strict=True)]
             for row in zip(changes.tolist(), used.tolist(), strict=True)]  # fmt: skip
    rows = []
    for name, (width, hidden, number, chosen, layers) in MODELS.items():
        sizes = {"emb_dim": width, "hidden_dim": hidden, "num_experts": number, "num_experts_per_tok": chosen}
        with torch.device("meta"):
            model = impl.MoEFeedForward(sizes)
        one = sum(layer.weight.numel() for layer in (model.fc1[0], model.fc2[0], model.fc3[0]))
        total = sum(p.numel() for p in model.parameters()) * layers
        active = (model.gate.weight.numel() + chosen * one) * layers
        rows.append([name, number, chosen, f"{total / 1e9:.1f} billion", f"{active / 1e9:.1f} billion",
                     f"{active / total:.0%}"])  # fmt: skip
    labels = [f"expert {e}" for e in range(experts)]
    return [
        HeatMap(cells, words, labels, digits=1, title="How much each expert contributes to each word",
                caption=f"Each word should have {k} of {experts}; “{words[0]}” has {int(used[0].sum())}. It is how far "
                        "the word's output moves when the expert returns zeros."),
        Bars(labels, counts, unit=" words", title="Words per expert of an untrained router",
             caption=f"Evenly spread it would be {len(words) * k / experts:.1f} each: load-balance works on that."),
        Table(["model", "experts", "per token", "weights of the experts", "used per token", "share"], rows,
              title="Your module in the sizes of real models",
              caption="Attention and embeddings, which every token uses, are not counted."),
    ]  # fmt: skip
