"""Your two layers on numbers: what RMSNorm keeps that LayerNorm removes, and how a gate opens."""

import torch
from torch.nn.functional import gelu, layer_norm

from exercises.drawings import Curves, Table
from exercises.kit import Text, sentences


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)[:8]
    x = sentences.letter_vectors(tokens) * torch.arange(1, len(tokens) + 1)[:, None] + 0.5
    network = impl.FeedForward({"emb_dim": 1, "hidden_dim": 1, "dtype": torch.float32})
    line = torch.linspace(-4, 4, 81)[:, None]
    with torch.no_grad():
        y = impl.RMSNorm(sentences.LETTERS)(x)
        for layer in (network.fc1, network.fc2, network.fc3):
            layer.weight.fill_(1.0)
        gated = network(line)[:, 0]
    other = layer_norm(x, (sentences.LETTERS,))
    columns = (x.square().mean(dim=1).sqrt(), y.square().mean(dim=1).sqrt(), y.mean(dim=1), other.mean(dim=1).abs())
    rows = [[token, *(f"{float(column[i]):.2f}" for column in columns)] for i, token in enumerate(tokens)]
    points = line[:, 0].tolist()
    return [
        Table(["token", "RMS", "RMS after", "mean after", "after LayerNorm"], rows, title="Your RMSNorm on words",
              caption="The mean is scaled like the rest of the vector; LayerNorm removes it."),
        Curves({"your gate": list(zip(points, gated.tolist(), strict=True)),
                "GELU": list(zip(points, gelu(line[:, 0]).tolist(), strict=True))}, x="x",
               title="Your FeedForward with all weights 1: silu(x) · x",
               caption=f"At −4 it gives {float(gated[0]):.2f} and at 4 {float(gated[-1]):.2f}: one factor decides how "
                       "much of the other passes. In a trained network the two differ."),
    ]  # fmt: skip
