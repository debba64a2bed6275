"""Your dataset of real messages, as a picture: where the text is and where the padding."""

import csv
from pathlib import Path

from exercises.drawings import Bars, HeatMap
from exercises.kit import Int
from exercises.texts import labelled_messages

PAD = 0


class Words:
    """A tokenizer whose ids are the lengths of the words."""

    def encode(self, text):
        return [len(word) for word in text.split()]


def draw(impl, max_length: Int[1, 40] = 20):
    messages = labelled_messages()[:12]
    path = Path("messages.csv")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("Label", "Text"), *((int(label == "spam"), text) for label, text in messages)])
    dataset = impl.SpamDataset(path, Words(), max_length, PAD)
    items = [dataset[i] for i in range(len(dataset))]
    rows = [[None if id == PAD else id for id in ids.tolist()] for ids, _ in items]
    labels = [f"{'spam' if int(label) else 'ham'} {i + 1}" for i, (_, label) in enumerate(items)]
    longest = impl.SpamDataset(path, Words(), None, PAD)
    lengths = [len(text.split()) for _, text in messages]
    padding = sum(id is None for row in rows for id in row) / (len(rows) * len(rows[0]))
    return [
        HeatMap(rows, labels, [str(i + 1) for i in range(len(rows[0]))], digits=0,
                title=f"{len(rows)} messages of {len(rows[0])} ids each; an id is a word's length here",
                caption=f"{padding:.0%} of the batch is padding, and {sum(length > max_length for length in lengths)} "
                        "messages are cut."),
        Bars(labels, lengths, title="Words in each message",
             caption=f"Without a max_length, yours makes all {len(longest[0][0])} long: the longest decides."),
    ]  # fmt: skip
