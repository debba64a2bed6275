"""Encodes with one pass per merge, in the order in which the merges were learned."""


class BasicTokenizer:
    def __init__(self):
        self.tokens = [bytes([i]) for i in range(256)]
        self.pairs = []

    def _merge(self, pieces, left, right, merged):
        out = []
        for piece in pieces:
            if out and out[-1] == left and piece == right:
                out[-1] = merged
            else:
                out.append(piece)
        return out

    def train(self, text, vocab_size, verbose=False):
        self.__init__()
        pieces = list(text.encode())
        while len(self.tokens) < vocab_size:
            tally = {}
            for i in range(1, len(pieces)):
                pair = pieces[i - 1], pieces[i]
                tally[pair] = tally.get(pair, 0) + 1
            pair = max(tally, key=tally.get)
            pieces = self._merge(pieces, *pair, len(self.tokens))
            self.pairs.append(pair)
            self.tokens.append(self.tokens[pair[0]] + self.tokens[pair[1]])

    def encode(self, text):
        pieces = list(text.encode())
        for rank, pair in enumerate(self.pairs):
            pieces = self._merge(pieces, *pair, 256 + rank)
        return pieces

    def decode(self, ids):
        return str(b"".join([self.tokens[i] for i in ids]), "utf-8", "replace")
