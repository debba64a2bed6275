"""Fixed comparisons of a model with the learner's parts."""

import msgspec

from playground.assembly_messages import Comparison, LayerDifference, TokenDifference
from playground.messages import PartUse

NAMES = ["embeddings", *(f"block {n}, attention" for n in range(1, 7)), "output head"]
WRONG = Comparison(
    1,
    [PartUse("attention", "yours", "multi-head-attention", False), PartUse("gelu", "yours", "gelu")],
    "Once",
    [" upon", " a", " time"],
    [" upon", " the", " hill"],
    1,
    "held-out stories",
    188,
    2.0,
    2.5,
    0.4,
    [TokenDifference(3, "\n", " the", 1.25, " dog", " cat")],
    [LayerDifference(name, 0.0 if at < 3 else 0.38) for at, name in enumerate(NAMES)],
    LayerDifference("block 3, attention", 0.38),
    1e-4,
    0.1,
    0.9,
)
RIGHT = msgspec.structs.replace(
    WRONG, yours_text=WRONG.reference_text, same_tokens=3, yours_loss=2.0, kl_mean=0.0, kl_worst=[], first=None
)
