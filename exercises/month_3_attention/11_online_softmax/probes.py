"""What is asked of flash_attention."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.probing import Int, change, numbers
from grader.subject import Subject


def qkv(*shape, dtype=torch.float32):
    return [numbers(*shape, seed=name, dtype=dtype) for name in ("queries", "keys", "values")]


def example(impl):
    """The task's example: three queries that see three keys, in blocks of two."""
    q = torch.tensor([[1.0], [0.0], [-1.0]])
    k = torch.tensor([[0.0], [1.0], [2.0]])
    v = torch.tensor([[10.0], [20.0], [30.0]])
    return impl.flash_attention(q, k, v, 2, False)


def causal(impl, length: Int[1, 9] = 6, block: Int[1, 10] = 2, width: Int[1, 4] = 4):
    """One sequence, causal."""
    return impl.flash_attention(*qkv(length, width), block, causal=True)


def everything(impl, length: Int[1, 9] = 6, block: Int[1, 10] = 2, width: Int[1, 4] = 4):
    """One sequence, every token seen."""
    return impl.flash_attention(*qkv(length, width), block, causal=False)


def batch(impl, heads: Int[1, 3] = 3, block: Int[1, 6] = 2):
    """A batch with heads, and one without."""
    return [impl.flash_attention(*qkv(2, heads, 5, 4), block), impl.flash_attention(*qkv(heads, 5, 4), block)]


def by_name(impl):
    """The arguments by their names, and no causal."""
    q, k, v = qkv(5, 4)
    return impl.flash_attention(q=q, k=k, v=v, block_size=3)


def large_scores(impl, times: Int[1, 100] = 100):
    """Scores whose exponentials no computer can hold: each query's own largest helps."""
    q, k, v = qkv(6, 4)
    return impl.flash_attention(q * times, k, v, 2)


def low_scores(impl):
    """Scores that all lie far below 0, and for some queries far above."""
    _, k, v = qkv(6, 4)
    ones = torch.ones(6, 4)
    sign = torch.tensor([-1.0, 1.0, -1.0, -1.0, 1.0, -1.0])[:, None]
    return impl.flash_attention(ones * 30.0 * sign, ones * 5.0 + k * 0.02, v, 2, causal=False)


def perturbed(impl):
    """Outputs before and after changing the last keys and values."""
    q, k, v = qkv(6, 4)
    after = impl.flash_attention(q, change(k, since=4, dim=0), change(v, since=4, dim=0), 4)
    return {"before": impl.flash_attention(q, k, v, 4), "after": after}


class _Exponentials(TorchDispatchMode):
    """Counts the numbers in the largest tensor of which exponentials are taken."""

    aten = torch.ops.aten
    TAKEN = (aten.exp, aten.exp_, aten.exp2, aten.expm1, aten.pow, aten._softmax, aten._log_softmax, aten.logsumexp)

    def __init__(self):
        super().__init__()
        self.most = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket in self.TAKEN:
            self.most = max([self.most, *(a.numel() for a in args if isinstance(a, torch.Tensor))])
        return func(*args, **(kwargs or {}))


def block_by_block(impl):
    """Whether exponentials are taken of less than all 16 × 16 scores at a time, with blocks of two."""
    with _Exponentials() as seen:
        impl.flash_attention(*qkv(16, 2), 2, causal=False)
    return seen.most < 16 * 16


def in_twos(impl):
    """Causal, in blocks of two."""
    return lambda q, k, v: impl.flash_attention(q, k, v, 2)


general = Subject(in_twos, tuple(qkv(5, 4)), tuple(qkv(2, 7, 3)), tuple(qkv(1, 2, 4, 2)), tuple(qkv(1, 4)))
