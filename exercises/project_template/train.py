"""$PROJECT: a small language model, trained on text.txt in about half a minute.

`fromscratch project run` runs this file. It is yours to change: the text, the sizes, the model, all of it.
It writes beside itself what PRESENT.md shows: losses.csv, numbers.csv and samples.txt.
"""

import csv
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from parts import BigramLM, InputEmbedding, MultiHeadAttention, perplexity

HERE = Path(__file__).parent
CONTEXT = 48  # how many characters the model looks back
WIDTH, HEADS, LAYERS, DROPOUT = 64, 4, 2, 0.0
STEPS, BATCH, RATE = 800, 16, 3e-3
LINES = None  # 10 trains on the first ten lines alone: a model that cannot learn these by heart has a fault
LOOK_EVERY = 50  # steps between two looks at the validation part


class Block(nn.Module):
    """Attention and a small network, each around a shortcut. (B, T, WIDTH) in and out."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = MultiHeadAttention(WIDTH, WIDTH, CONTEXT, DROPOUT, HEADS)
        self.network = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.network(self.norm2(x))


class Model(nn.Module):
    """Ids (B, T) to logits (B, T, V) for the character that follows each."""

    def __init__(self, vocab_size):
        super().__init__()
        self.embedding = InputEmbedding(vocab_size, CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, vocab_size)

    def forward(self, ids):
        return self.head(self.norm(self.blocks(self.embedding(ids))))


def batch(ids):
    """Random windows of the text, and the same moved on by one: (B, T) and (B, T)."""
    starts = torch.randint(len(ids) - CONTEXT, (BATCH,)).tolist()
    windows = torch.stack([ids[start : start + CONTEXT + 1] for start in starts])
    return windows[:, :-1], windows[:, 1:]


def loss_of(model, ids):
    inputs, targets = batch(ids)
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


@torch.no_grad()
def validation_loss(model, ids):
    model.eval()
    loss = sum(loss_of(model, ids).item() for _ in range(4)) / 4
    model.train()
    return loss


@torch.no_grad()
def write(model, start, length):
    """Ids (1, T) continued by `length` characters, each drawn after those before it."""
    model.eval()
    for _ in range(length):
        probabilities = model(start[:, -CONTEXT:])[:, -1].softmax(dim=-1)
        start = torch.cat((start, torch.multinomial(probabilities, 1)), dim=1)
    return start


def train(model, train_ids, validation_ids):
    """Rows of (step, training loss, validation loss)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    rows, began = [], time.monotonic()
    for step in range(1, STEPS + 1):
        loss = loss_of(model, train_ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % LOOK_EVERY == 0 or step == 1:
            rows.append((step, loss.item(), validation_loss(model, validation_ids)))
            seconds = time.monotonic() - began
            print(
                f"step {step:4}  training {rows[-1][1]:.3f}  validation {rows[-1][2]:.3f}  {seconds:.0f} s", flush=True
            )
    return rows


def save(name, head, rows):
    with open(HERE / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)  # a model this small gains nothing from more; delete this for a larger one
    text = "\n".join((HERE / "text.txt").read_text(encoding="utf-8").split("\n")[:LINES])
    characters = sorted(set(text))
    number = {character: i for i, character in enumerate(characters)}
    ids = torch.tensor([number[character] for character in text])
    cut = len(ids) * 9 // 10  # the last tenth is for validation only
    train_ids, validation_ids = ids[:cut], ids[cut:]
    if len(validation_ids) <= CONTEXT:
        raise SystemExit(f"text.txt is too short: it needs more than {10 * CONTEXT} characters.")
    for part in (BigramLM, InputEmbedding, MultiHeadAttention, perplexity):
        own = part.__module__.startswith("_fromscratch_parts")
        print(f"{part.__name__:<19} {'yours' if own else 'from the course, until yours has passed'}")

    bigram = BigramLM(len(characters))
    bigram.fit(train_ids.tolist())
    baseline = math.exp(bigram.nll(validation_ids.tolist()))
    model = Model(len(characters))
    size = sum(weights.numel() for weights in model.parameters())
    print(f"{len(text):,} characters, {len(characters)} different ones; {size:,} weights; bigram: {baseline:.2f}")

    rows = train(model, train_ids, validation_ids)
    save("losses.csv", ("step", "training", "validation"), [(step, f"{a:.4f}", f"{b:.4f}") for step, a, b in rows])
    measured = perplexity(model, validation_ids, CONTEXT, CONTEXT)
    numbers = [("perplexity", f"{baseline:.2f}", f"{measured:.2f}")]
    numbers.append(("bits a character", f"{math.log2(baseline):.2f}", f"{math.log2(measured):.2f}"))
    save("numbers.csv", ("", "bigram baseline", "this model"), numbers)
    print(f"perplexity on the validation part: {measured:.2f}, and the bigram's {baseline:.2f}")

    samples = []
    for _ in range(3):
        start = torch.tensor([[number.get("\n", 0)]])
        samples.append("".join(characters[i] for i in write(model, start, 200)[0].tolist()).strip())
    (HERE / "samples.txt").write_text("\n\n* * *\n\n".join(samples) + "\n", encoding="utf-8")
    print("\n" + samples[0])


if __name__ == "__main__":
    main()
