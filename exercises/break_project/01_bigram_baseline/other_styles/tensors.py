import torch
import torch.nn.functional as F


class BigramLM(torch.nn.Module):
    """Computes nll as the cross-entropy of the logarithms of the counts."""

    def __init__(self, vocab_size):
        super().__init__()
        self.register_buffer("table", torch.ones(vocab_size, vocab_size))

    def fit(self, ids):
        V = self.table.shape[0]
        ids = torch.tensor(ids)
        pairs = ids[:-1] * V + ids[1:]
        self.table = torch.bincount(pairs, minlength=V * V).reshape(V, V) + 1.0

    @torch.no_grad()
    def nll(self, ids):
        ids = torch.tensor(ids)
        return F.cross_entropy(self.table[ids[:-1]].log(), ids[1:]).item()

    def sample(self, n, seed):
        g = torch.Generator()
        g.manual_seed(seed)
        out = torch.zeros(n, dtype=torch.long)
        for t in range(1, n):
            out[t] = torch.multinomial(self.table[out[t - 1]], num_samples=1, generator=g)
        return out.tolist()
