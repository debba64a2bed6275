"""Names a result that has fewer digits than the page's, because the code computes in a smaller dtype or rounds."""

from __future__ import annotations

import torch
from torch.utils._pytree import tree_leaves

from grader.judge.mistakes import differs
from grader.judge.run import Run
from grader.verdict import RULE, MatchedMistake

SMALL_DTYPES = (torch.bfloat16, torch.float16)  # the one with fewer digits first
NEAR = 0.02  # of the largest number: a result that is wrong for a different reason is further away
MIN_VALUES = 3  # fewer values can have few digits by chance
SAYS = (
    "Your result has only the digits of {dtype}: your code computes in this dtype, or converts to it and back; it "
    "should compute in the dtype of its input."
)


def match(run: Run) -> MatchedMistake | None:
    """Returns the rule that the dtype of the input is preserved, where a wrong result lacks digits."""
    for call in run.calls.values():
        if call.outcome[0] == "data" and differs(call, run):
            right = tree_leaves(run.reference(call.probe, **call.arguments))
            leaves = tree_leaves(call.outcome[1])
            pairs = zip(leaves, right, strict=True) if len(leaves) == len(right) else ()
            for learners, expected in pairs:
                if dtype := lost_digits(learners, expected):
                    return MatchedMistake(RULE + "dtype", SAYS.format(dtype=dtype))
    return None


def lost_digits(learners: object, right: object) -> str:
    """Returns the dtype whose digits are all that a tensor near the right one has, or ""."""
    if not isinstance(learners, torch.Tensor) or not isinstance(right, torch.Tensor) or not right.is_floating_point():
        return ""
    if _form(learners) != _form(right) or right.dtype in SMALL_DTYPES:
        return ""
    differing = learners[learners != right]
    if differing.numel() < MIN_VALUES or not torch.isfinite(learners).all() or not torch.isfinite(right).all():
        return ""
    if (learners - right).abs().max() > NEAR * right.abs().max():
        return ""
    return next(
        (
            str(dtype).removeprefix("torch.")
            for dtype in SMALL_DTYPES
            if torch.equal(learners, learners.to(dtype).to(right.dtype))
            and not torch.equal(right, right.to(dtype).to(right.dtype))
        ),
        "",
    )


def _form(tensor: torch.Tensor) -> tuple[object, ...]:
    """What two tensors must share so that their numbers can be compared; a "meta" tensor has none."""
    return tensor.shape, tensor.dtype, tensor.layout, tensor.device
