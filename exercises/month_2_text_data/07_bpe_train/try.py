"""Your tokenizer learns merges from a story; then the merge tree of a text, and a new passage in tokens."""

from itertools import pairwise

from exercises.drawings import Node, Table, Tokens, Tree, visible
from exercises.kit import Int, Text
from exercises.texts import short_story

PASSAGE = 10_000  # characters to learn from


def halves_of(tokenizer, vocab_size):
    """The halves of each merged token: what the merges before it make of its bytes."""
    from parts import merge

    halves, ids_of = {}, {}
    for token in range(256, vocab_size):
        ids = list(tokenizer.decode([token]).encode())
        while known := [ids_of[pair] for pair in pairwise(ids) if pair in ids_of]:
            ids = merge(ids, halves[min(known)], min(known))
        halves[token] = tuple(ids)
        ids_of[tuple(ids)] = token
    return halves


def draw(impl, text: Text[1, 30] = "the ferry", merges: Int[10, 400] = 200):
    story, tokenizer = short_story(), impl.BasicTokenizer()
    tokenizer.train(story[:PASSAGE], 256 + merges)
    halves = halves_of(tokenizer, 256 + merges)

    def piece(token):
        return visible(tokenizer.decode([token]))

    def node(token):
        return Node(f"{piece(token)}  {token}", [node(half) for half in halves.get(token, ())])

    ids, sample = tokenizer.encode(text), story[PASSAGE : PASSAGE + 300]
    tokens = tokenizer.encode(sample)
    sizes = f"{len(sample.encode())} bytes became {len(tokens)} tokens"
    rows = [[token, " + ".join(map(piece, halves[token])), piece(token)] for token in range(256, 266)]
    return [
        Table(["id", "halves", "token"], rows, title="The first ten merges",
              caption="These pairs were the most frequent, each after the merges above it. A dot is a space."),
        Tree(Node(f"{visible(text)}  {len(text.encode())} bytes, {len(ids)} tokens", [node(token) for token in ids]),
             title="The merge tree of a text", caption="Ids from 256 on are merges of the two below them."),
        Tokens([tokenizer.decode([token]) for token in tokens], title="A passage that the tokenizer has not seen",
               caption=f"{sizes}: {len(sample.encode()) / len(tokens):.2f} bytes a token."),
    ]  # fmt: skip
