"""Your module on a sentence: how similar its words are before and after their positions are added."""

import torch
from torch.nn.functional import cosine_similarity

from exercises.drawings import HeatMap
from exercises.kit import Float, Text, numbers, sentences

SIZE = 32


def draw(
    impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail.",
    strength: Float[0, 5] = 0.6,
):  # fmt: skip
    tokens = sentences.words(text)
    names = sorted({token.lower() for token in tokens})
    ids = torch.tensor([[names.index(token.lower()) for token in tokens]])
    module = impl.InputEmbedding(len(names), sentences.MAX_WORDS, SIZE)
    letters = numbers(sentences.LETTERS, SIZE, seed="letters") / SIZE**0.5
    pictures = []
    with torch.no_grad():
        for factor in (0.0, strength):
            positions = factor * numbers(sentences.MAX_WORDS, SIZE, seed="positions") / SIZE**0.5
            sentences.set_table(module, "tok_emb", sentences.letter_vectors(names) @ letters)
            sentences.set_table(module, "pos_emb", positions)
            vectors = module(ids)[0]
            pictures.append(cosine_similarity(vectors[:, None], vectors[None], dim=-1))
    equal = [(i, j) for i in range(len(tokens)) for j in range(i) if ids[0, i] == ids[0, j]]
    pair = (f"“{tokens[equal[0][1]]}” and “{tokens[equal[0][0]]}” are the same id: similarity "
            f"{float(pictures[0][equal[0]]):.2f} without positions, {float(pictures[1][equal[0]]):.2f} with them."
            if equal else "No word occurs twice in this text.")  # fmt: skip
    return [
        HeatMap(pictures[0], tokens, tokens, title="Cosine similarity of the token vectors alone",
                caption="The vectors stand for letters here, so words that share letters are similar."),
        HeatMap(pictures[1], tokens, tokens, title=f"With position vectors, {strength:g} times as strong",
                caption=f"{pair} Attention can now tell the two apart."),
    ]  # fmt: skip
