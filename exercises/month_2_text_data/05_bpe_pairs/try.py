"""Your two functions, repeated: the frequent pairs of a story, and a text that shrinks with each merge."""

from exercises.drawings import Bars, Table, Tokens, visible
from exercises.kit import Int, Text
from exercises.texts import short_story


def draw(impl, text: Text[2, 100] = "the thin thief thought that the thing was there", steps: Int[1, 20] = 8):
    counts = impl.get_stats(list(short_story().encode()))
    frequent = sorted(counts, key=lambda pair: (-counts[pair], pair))[:10]
    pieces = {i: bytes([i]) for i in range(256)}

    def shown(token):
        return visible(pieces[token].decode(errors="replace"))

    ids, rows = list(text.encode()), []
    first = len(ids)
    for new in range(256, 256 + steps):
        stats = impl.get_stats(ids)
        pair = min(stats, key=lambda pair: (-stats[pair], pair), default=None)
        if pair is None or stats[pair] < 2:
            break
        ids = impl.merge(ids, pair, new)
        pieces[new] = pieces[pair[0]] + pieces[pair[1]]
        rows.append([new, f"{shown(pair[0])} + {shown(pair[1])}", shown(new), stats[pair], len(ids)])
    return [
        Bars([shown(a) + shown(b) for a, b in frequent], [counts[pair] for pair in frequent],
             title="The most frequent pairs of a story", caption=f"{len(counts):,} different pairs occur in it."),
        Table(["id", "pair", "token", "count", "length after"], rows, title="Merge after merge, on your text",
              caption=f"Each merge shortens the {first} ids by as many as the pair has occurrences, or by fewer where "
                      "they overlap. It stops where no pair occurs twice."),
        Tokens([pieces[token].decode(errors="replace") for token in ids], [str(token) for token in ids],
               title="Your text after the merges", caption=f"{first} bytes became {len(ids)} tokens."),
    ]  # fmt: skip
