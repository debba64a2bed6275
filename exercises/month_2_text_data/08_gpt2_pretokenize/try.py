"""Your function on a text of yours, and on a story: what byte-pair encoding can merge, and what it never can."""

from collections import Counter

from exercises.drawings import Bars, Tokens
from exercises.kit import Text
from exercises.texts import short_story


def draw(impl, text: Text[1, 300] = "They've been here 12 times,  haven't they?  Yes!! Naïve cafés in 2024"):
    pieces, story = impl.gpt2_split(text), impl.gpt2_split(short_story())
    spaced = sum(piece.startswith(" ") for piece in story)
    lengths = Counter(min(len(piece), 12) for piece in story)
    joined = "Joined, they are the text again." if "".join(pieces) == text else "Joined, they are not the text."
    return [
        Tokens(pieces, title="Your text in pieces", caption=f"{len(pieces)} pieces. {joined} A dot is a space: it "
               "belongs to the word that follows. No merge ever crosses the border of two pieces."),
        Bars([f"{n} characters" if n < 12 else "12 or more" for n in sorted(lengths)],
             [lengths[n] for n in sorted(lengths)], title="Lengths of a story's pieces",
             caption=f"{len(story):,} pieces, {len(set(story)):,} different; {spaced / len(story):.0%} start with a "
                     "space."),
    ]  # fmt: skip
