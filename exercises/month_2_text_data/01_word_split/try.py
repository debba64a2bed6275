"""Your function on a text of yours and on a story of 20,000 characters."""

from collections import Counter

from exercises.drawings import Bars, Tokens
from exercises.kit import Text
from exercises.texts import short_story


def draw(impl, text: Text[1, 400] = '"Is it far?" she asked -- though the ferry\'s bell rang (twice).'):
    own, story = impl.split_words(text), impl.split_words(short_story())
    counts = Counter(story)
    common = counts.most_common(12)
    once = sum(count == 1 for count in counts.values())
    return [
        Tokens(own, [str(i) for i in range(len(own))], title="Your text",
               caption=f"{len(text)} characters became {len(own)} tokens, without the whitespace."),
        Bars([token for token, _ in common], [count for _, count in common], title="The story's most frequent tokens",
             caption=f"{len(story):,} tokens, {len(counts):,} of them different; {once:,} occur only once, and the "
                     f"{len(common)} most frequent are {sum(n for _, n in common) / len(story):.0%} of the text."),
    ]  # fmt: skip
