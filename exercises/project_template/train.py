"""$PROJECT: trains a small language model on text.txt in about half a minute.

`fromscratch project run` runs this script. You can change all of it: the text, the sizes, the model.
It writes losses.csv, numbers.csv and samples.txt, which PRESENT.md shows, to its own folder.
"""

import csv
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from parts import BigramLM, InputEmbedding, MultiHeadAttention, perplexity

FOLDER = Path(__file__).parent
CONTEXT_LENGTH = 48  # in characters
EMB_DIM, HEADS, LAYERS, DROPOUT = 64, 4, 2, 0.0
STEPS, BATCH_SIZE, LEARNING_RATE = 800, 16, 3e-3
LINES = None  # set to 10 to train on the first ten lines only; a model that cannot memorize them has a bug
EVAL_EVERY = 50  # steps between measurements of the validation loss


class Block(nn.Module):
    """A transformer block with pre-norm. (B, T, EMB_DIM) -> (B, T, EMB_DIM)."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(EMB_DIM), nn.LayerNorm(EMB_DIM)
        self.attention = MultiHeadAttention(EMB_DIM, EMB_DIM, CONTEXT_LENGTH, DROPOUT, HEADS)
        self.feed_forward = nn.Sequential(nn.Linear(EMB_DIM, 4 * EMB_DIM), nn.GELU(), nn.Linear(4 * EMB_DIM, EMB_DIM))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


class Model(nn.Module):
    """A GPT over characters. Ids (B, T) -> logits (B, T, V) for the next character at each position."""

    def __init__(self, vocab_size):
        super().__init__()
        self.embedding = InputEmbedding(vocab_size, CONTEXT_LENGTH, EMB_DIM)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(EMB_DIM)
        self.head = nn.Linear(EMB_DIM, vocab_size)

    def forward(self, ids):
        return self.head(self.norm(self.blocks(self.embedding(ids))))


def random_batch(ids):
    """Returns random windows of the text as inputs (B, T), and the windows shifted by one as targets (B, T)."""
    starts = torch.randint(len(ids) - CONTEXT_LENGTH, (BATCH_SIZE,)).tolist()
    windows = torch.stack([ids[start : start + CONTEXT_LENGTH + 1] for start in starts])
    return windows[:, :-1], windows[:, 1:]


def compute_loss(model, ids):
    inputs, targets = random_batch(ids)
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


@torch.no_grad()
def validation_loss(model, ids):
    model.eval()
    loss = sum(compute_loss(model, ids).item() for _ in range(4)) / 4
    model.train()
    return loss


@torch.no_grad()
def generate(model, ids, length):
    """Appends `length` sampled characters to ids. (1, T) -> (1, T + length)."""
    model.eval()
    for _ in range(length):
        probabilities = model(ids[:, -CONTEXT_LENGTH:])[:, -1].softmax(dim=-1)
        ids = torch.cat((ids, torch.multinomial(probabilities, 1)), dim=1)
    return ids


def train(model, train_ids, validation_ids):
    """Trains the model. Returns rows of (step, training loss, validation loss)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    rows, start_time = [], time.monotonic()
    for step in range(1, STEPS + 1):
        loss = compute_loss(model, train_ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % EVAL_EVERY == 0 or step == 1:
            rows.append((step, loss.item(), validation_loss(model, validation_ids)))
            seconds = time.monotonic() - start_time
            print(
                f"step {step:4}  training {rows[-1][1]:.3f}  validation {rows[-1][2]:.3f}  {seconds:.0f} s", flush=True
            )
    return rows


def save_csv(name, header, rows):
    with open(FOLDER / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)  # more threads do not speed up a model this small; remove this line for a larger one
    text = "\n".join((FOLDER / "text.txt").read_text(encoding="utf-8").split("\n")[:LINES])
    characters = sorted(set(text))
    character_to_id = {character: i for i, character in enumerate(characters)}
    ids = torch.tensor([character_to_id[character] for character in text])
    split = len(ids) * 9 // 10  # the last tenth is the validation part
    train_ids, validation_ids = ids[:split], ids[split:]
    if len(validation_ids) <= CONTEXT_LENGTH:
        raise SystemExit(f"text.txt is too short: it needs more than {10 * CONTEXT_LENGTH} characters.")
    for part in (BigramLM, InputEmbedding, MultiHeadAttention, perplexity):
        is_yours = part.__module__.startswith("_fromscratch_parts")
        origin = "yours" if is_yours else "the course's, until yours passes"
        print(f"{part.__name__:<19} {origin}")

    bigram = BigramLM(len(characters))
    bigram.fit(train_ids.tolist())
    baseline = math.exp(bigram.nll(validation_ids.tolist()))
    model = Model(len(characters))
    parameter_count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{len(text):,} characters, vocabulary of {len(characters)}; {parameter_count:,} parameters")

    rows = train(model, train_ids, validation_ids)
    save_csv("losses.csv", ("step", "training", "validation"), [(step, f"{a:.4f}", f"{b:.4f}") for step, a, b in rows])
    measured = perplexity(model, validation_ids, CONTEXT_LENGTH, CONTEXT_LENGTH)
    numbers = [("perplexity", f"{baseline:.2f}", f"{measured:.2f}")]
    numbers.append(("bits per character", f"{math.log2(baseline):.2f}", f"{math.log2(measured):.2f}"))
    save_csv("numbers.csv", ("", "bigram baseline", "this model"), numbers)
    print(f"validation perplexity: {measured:.2f} (bigram baseline: {baseline:.2f})")

    samples = []
    for _ in range(3):
        first_id = torch.tensor([[character_to_id.get("\n", 0)]])
        samples.append("".join(characters[i] for i in generate(model, first_id, 200)[0].tolist()).strip())
    (FOLDER / "samples.txt").write_text("\n\n* * *\n\n".join(samples) + "\n", encoding="utf-8")
    print("\n" + samples[0])


if __name__ == "__main__":
    main()
