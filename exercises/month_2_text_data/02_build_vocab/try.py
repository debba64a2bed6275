"""Your vocabulary of a growing part of a story, and how much of the next part it knows."""

import re

from exercises.drawings import Curves, Table
from exercises.texts import short_story


def draw(impl):
    tokens = re.findall(r"\w+|[^\w\s]", short_story())
    half = len(tokens) // 2
    later = tokens[half:]
    vocab = impl.build_vocab(tokens[:half], ("<|endoftext|>", "<|unk|>"))
    sizes, unknown = [], []
    for count in range(100, half + 1, 100):
        known = impl.build_vocab(tokens[:count])
        sizes.append((count, len(known)))
        unknown.append((count, 100 * sum(token not in known for token in later) / len(later)))
    entries = list(vocab.items())
    picked = [*entries[:4], *entries[len(entries) // 2 :][:4], *entries[-3:]]
    return [
        Table(["token", "id"], [[token, str(id)] for token, id in picked], title="Your vocabulary of half of the story",
              caption=f"{len(vocab):,} entries: punctuation first, then capitals, as Python sorts; the specials last."),
        Curves({"distinct tokens": sizes}, x="tokens read", title="The vocabulary grows, ever more slowly",
               caption=f"The first {sizes[0][0]} tokens bring {sizes[0][1]} entries; all {sizes[-1][0]:,} bring "
                       f"{sizes[-1][1]:,}."),
        Curves({"unknown": unknown}, x="tokens read", y="% of the second half", title="Words that it does not know",
               caption=f"After half of the story, {unknown[-1][1]:.0f}% of the other half are still unknown. That is "
                       "why there are <|unk|> and byte pairs."),
    ]  # fmt: skip
