"""Probes for flash_attention."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from exercises.kit import CommonProbes, Int, change, numbers


def qkv(*shape, dtype=torch.float32):
    return [numbers(*shape, seed=name, dtype=dtype) for name in ("queries", "keys", "values")]


def example(impl):
    """The example on the page: three queries and three keys, in blocks of two."""
    q = torch.tensor([[1.0], [0.0], [-1.0]])
    k = torch.tensor([[0.0], [1.0], [2.0]])
    v = torch.tensor([[10.0], [20.0], [30.0]])
    return impl.flash_attention(q, k, v, 2, False)


def causal(impl, length: Int[1, 9] = 6, block: Int[1, 10] = 2, width: Int[1, 4] = 4):
    """The result for one sequence with the causal mask."""
    return impl.flash_attention(*qkv(length, width), block, causal=True)


def everything(impl, length: Int[1, 9] = 6, block: Int[1, 10] = 2, width: Int[1, 4] = 4):
    """The result for one sequence without a mask."""
    return impl.flash_attention(*qkv(length, width), block, causal=False)


def batch(impl, heads: Int[1, 3] = 3, block: Int[1, 6] = 2):
    """The results for a batch with heads and for a batch without."""
    return [impl.flash_attention(*qkv(2, heads, 5, 4), block), impl.flash_attention(*qkv(heads, 5, 4), block)]


def by_name(impl):
    """The result of a call with keyword arguments and the default of causal."""
    q, k, v = qkv(5, 4)
    return impl.flash_attention(q=q, k=k, v=v, block_size=3)


def large_scores(impl, times: Int[1, 100] = 100):
    """The result for scores whose exponentials overflow."""
    q, k, v = qkv(6, 4)
    return impl.flash_attention(q * times, k, v, 2)


def low_scores(impl, causal=False):
    """The result for scores far below 0 in some rows and far above 0 in others."""
    _, k, v = qkv(6, 4)
    ones = torch.ones(6, 4)
    sign = torch.tensor([-1.0, 1.0, -1.0, -1.0, 1.0, -1.0])[:, None]
    return impl.flash_attention(ones * 30.0 * sign, ones * 5.0 + k * 0.02, v, 2, causal=causal)


def perturbed(impl):
    """The results before and after a change of the last keys and values."""
    q, k, v = qkv(6, 4)
    after = impl.flash_attention(q, change(k, since=4, dim=0), change(v, since=4, dim=0), 4)
    return {"before": impl.flash_attention(q, k, v, 4), "after": after}


class _Exponentials(TorchDispatchMode):
    """Records the size of the largest tensor that is exponentiated."""

    aten = torch.ops.aten
    OPERATIONS = (
        aten.exp,
        aten.exp_,
        aten.exp2,
        aten.expm1,
        aten.pow,
        aten._softmax,
        aten._log_softmax,
        aten.logsumexp,
    )

    def __init__(self):
        super().__init__()
        self.largest_size = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket in self.OPERATIONS:
            self.largest_size = max(
                [self.largest_size, *(arg.numel() for arg in args if isinstance(arg, torch.Tensor))]
            )
        return func(*args, **(kwargs or {}))


def block_by_block(impl):
    """Whether fewer than all 16 × 16 scores are exponentiated at a time, with blocks of two."""
    with _Exponentials() as exponentials:
        impl.flash_attention(*qkv(16, 2), 2, causal=False)
    return exponentials.largest_size < 16 * 16


def in_twos(impl):
    """Returns a function that computes causal attention in blocks of two."""
    return lambda q, k, v: impl.flash_attention(q, k, v, 2)


common = CommonProbes(in_twos, tuple(qkv(5, 4)), tuple(qkv(2, 7, 3)), tuple(qkv(1, 2, 4, 2)), tuple(qkv(1, 4)))
