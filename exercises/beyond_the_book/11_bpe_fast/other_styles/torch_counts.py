"""Counts with torch.bincount, and merges with a mask."""

import torch


def train(text, vocab_size):
    ids = torch.tensor(list(text.encode()), dtype=torch.int64)
    merges = {}
    while 256 + len(merges) < vocab_size and len(ids) > 1:
        codes = ids[:-1] * vocab_size + ids[1:]
        frequency = torch.bincount(codes)[codes]
        first = int(frequency.argmax())  # the first of several
        left, right = int(ids[first]), int(ids[first + 1])
        new = 256 + len(merges)
        merges[left, right] = new
        starts = codes == codes[first]
        if left == right:
            taken, places = -2, starts.nonzero().flatten().tolist()
            starts[:] = False
            for place in places:
                if place > taken + 1:
                    starts[place] = True
                    taken = place
        keep = torch.ones(len(ids), dtype=torch.bool)
        keep[1:] = ~starts
        ids[:-1][starts] = new
        ids = ids[keep]
    return merges
