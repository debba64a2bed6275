"""Your tokenizer with merges learned from a story: a text of yours in tokens, and emoji as bytes."""

from collections import Counter
from itertools import pairwise

from exercises.drawings import Table, Tokens
from exercises.kit import Int, Text
from exercises.texts import short_story


def spelling():
    """GPT-2's character for each byte."""
    visible = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    hidden = [b for b in range(256) if b not in visible]
    return {b: chr(b) for b in visible} | {b: chr(256 + i) for i, b in enumerate(hidden)}


def learned(pieces, count):
    """The most frequent merges inside of the pieces, in order."""
    characters = spelling()
    words = {tuple(characters[b] for b in piece.encode()): n for piece, n in Counter(pieces).items()}
    merges = []
    for _ in range(count):
        pairs = Counter()
        for word, n in words.items():
            for pair in pairwise(word):
                pairs[pair] += n
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = {joined(word, best): n for word, n in words.items()}
    return merges


def joined(word, pair):
    parts = list(word)
    for i in range(len(parts) - 2, -1, -1):
        if tuple(parts[i : i + 2]) == pair:
            parts[i : i + 2] = ["".join(pair)]
    return tuple(parts)


def draw(impl, text: Text[1, 200] = "The ferryman wasn't there; 🙂 the ferry's bell rang.", merges: Int[10, 300] = 150):
    from parts import gpt2_split

    pairs = learned(gpt2_split(short_story()[:12_000]), merges)
    names = [*spelling().values(), *("".join(pair) for pair in pairs), "<|endoftext|>"]
    tokenizer = impl.GPT2Tokenizer({name: i for i, name in enumerate(names)}, pairs)
    ids = tokenizer.encode(text)
    broken = sum("�" in tokenizer.decode([i]) for i in ids)
    same = "Decoded, they are your text again." if tokenizer.decode(ids) == text else "Decoded, they are not your text."
    rows = [[rank, left, right] for rank, (left, right) in enumerate(pairs[:8])]
    return [
        Tokens([tokenizer.decode([i]) for i in ids], [str(i) for i in ids], title="Your text",
               caption=f"{len(text.encode())} bytes became {len(ids)} tokens. {same} {broken} of them are only a part "
                       "of a character, shown as �."),
        Table(["rank", "left", "right"], rows, title="The first merges, in GPT-2's spelling",
              caption="Ġ is a space. GPT-2 has 50,000 merges, learned from 8 million web pages."),
    ]  # fmt: skip
