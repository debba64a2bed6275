"""Your template on a chat with a message of yours: the text, its tokens, and which of them are learned."""

import re

from exercises.drawings import Note, Table, Tokens
from exercises.kit import Int, Text

ANSWERS = ["Good question. I think so.", "Because the others say so, too.", "Ask me again tomorrow."]


class Words:
    """A tokenizer of words, line breaks and special tokens, with ids in the order in which they come."""

    def __init__(self):
        self.pieces = []

    def encode(self, text, **options):
        found = re.findall(r"<\|im_\w+?\|>|\n| ?\w+| ?[^\w\s]|\s", text)
        self.pieces += [piece for piece in dict.fromkeys(found) if piece not in self.pieces]
        return [self.pieces.index(piece) for piece in found]


def draw(impl, text: Text[1, 200] = "Is a model of 135 million weights large?", turns: Int[1, 3] = 2):
    messages = []
    for answer, question in zip(ANSWERS[:turns], [text, "Why?", "Are you sure?"], strict=False):
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    tokenizer = Words()
    inputs, targets = ([int(value) for value in values] for values in impl.targets(messages, tokenizer))
    shown = ["" if target == -100 else tokenizer.pieces[target].strip() or "⏎" for target in targets]
    learned = sum(target != -100 for target in targets)
    rows = [[role, sum(len(tokenizer.encode(m["content"])) for m in messages if m["role"] == role)]
            for role in ("user", "assistant")]  # fmt: skip
    return [
        Note(impl.render(messages), title="The text", caption="What the model reads, with its special tokens."),
        Tokens([tokenizer.pieces[idx] for idx in inputs], shown, title="Inputs, and below each what is learned there",
               caption=f"{learned} of {len(targets)} targets count; the loss leaves out the others."),
        Table(["role", "tokens of contents"], rows, title="Who says how much",
              caption=f"The assistant's contents and {turns} end tokens are {rows[1][1] + turns} tokens."),
    ]  # fmt: skip
