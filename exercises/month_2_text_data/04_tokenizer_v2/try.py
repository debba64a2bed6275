"""Your tokenizer with a story's vocabulary on a text of yours: ids, unknown words, and what comes back."""

import re

from exercises.drawings import Note, Tokens
from exercises.kit import Text
from exercises.texts import short_story


def draw(impl, text: Text[1, 300] = "Hello, do you like the ferry? The ferryman's boat is late."):
    words = sorted(set(re.findall(r"\w+|[^\w\s]", short_story())))
    vocab = {word: i for i, word in enumerate([*words, "<|endoftext|>", "<|unk|>"])}
    names = {i: word for word, i in vocab.items()}
    tokenizer = impl.SimpleTokenizerV2(vocab)
    ids = list(tokenizer.encode(text))
    restored = tokenizer.decode(ids)
    unknown = sum(id == vocab["<|unk|>"] for id in ids)
    same = "It is the text again." if restored == text else "It is not quite the text: what is unknown is lost."
    return [
        Tokens([names.get(id, "?") for id in ids], [str(id) for id in ids], title="Your text as ids of a story's words",
               caption=f"{len(ids)} ids, {unknown} of them unknown, from a vocabulary of {len(vocab):,} entries."),
        Note(restored, title="Decoded", caption=same),
    ]  # fmt: skip
