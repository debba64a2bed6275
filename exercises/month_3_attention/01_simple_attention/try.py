"""Your attention without weights on a sentence, whose vectors stand for the words' letters."""

from exercises.drawings import HeatMap, Table
from exercises.kit import Float, Text, sentences


def draw(
    impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail.",
    strength: Float[0, 10] = 2.0,
):  # fmt: skip
    tokens = sentences.words(text)
    x = strength * sentences.letter_vectors(tokens)
    context, weights = impl.simple_attention(x)
    rows = []
    for i, token in enumerate(tokens[:8]):
        others = [(float(weights[i, j]), tokens[j]) for j in range(len(tokens)) if tokens[j].lower() != token.lower()]
        most, word = max(others, default=(0.0, "none"))
        moved = float((context[i] - x[i]).norm() / x[i].norm().clamp(min=1e-9))
        rows.append([token, f"{float(weights[i, i]):.0%}", f"{word} ({most:.0%})", f"{moved:.0%}"])
    return [
        HeatMap(weights, tokens, tokens, title="Your weights: each row is one token's view of all tokens",
                caption=f"{sentences.sums(weights)} There is no mask, so words also look at later words."),
        Table(["token", "at itself", "most at another word", "moved by"], rows, title="What the weights do to a token",
              caption="The context vector is the weighted sum of all tokens; the last column says how far it is from "
                      "the token itself. With a higher strength, each word looks more at itself."),
    ]  # fmt: skip
