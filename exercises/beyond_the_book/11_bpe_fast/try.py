"""Your trainer on real stories: the merges of a whole text, and how many bytes of a new text become one token."""

from exercises.drawings import Curves, Table, Tokens, visible
from exercises.kit import Int
from exercises.texts import many_stories

PASSAGE = 300  # characters that are not learned from


def draw(impl, characters: Int[2_000, 200_000] = 60_000, merges: Int[20, 1000] = 400):
    from parts import merge

    text = many_stories(characters + PASSAGE)
    learned = impl.train(text[:characters], 256 + merges)
    pieces = {idx: bytes([idx]) for idx in range(256)}
    ids = list(text[characters : characters + PASSAGE].encode())
    lengths = [(0, 1.0)]
    for number, (pair, idx) in enumerate(learned.items(), 1):
        pieces[idx] = pieces[pair[0]] + pieces[pair[1]]
        ids = merge(ids, pair, idx)
        if number % max(1, merges // 40) == 0:
            lengths.append((number, PASSAGE / len(ids)))
    longest = sorted(pieces.items(), key=lambda item: (-len(item[1]), item[0]))[:8]
    rows = [[idx, visible(piece.decode(errors="replace")), len(piece)] for idx, piece in longest]
    return [
        Curves({"a new passage": lengths}, x="merges", y="bytes per token", title="What the merges save",
               caption=f"After {len(learned)} merges a token has {PASSAGE / len(ids):.2f} bytes on average."),
        Tokens([pieces[idx].decode(errors="replace") for idx in ids], title="The passage in tokens",
               caption=f"{PASSAGE} characters became {len(ids)} tokens."),
        Table(["id", "token", "bytes"], rows, title="The longest tokens",
              caption="Merges cross words here, so whole phrases become tokens."),
    ]  # fmt: skip
