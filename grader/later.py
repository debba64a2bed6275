"""What the warm parent loads while it waits, a step at a time: slow, and needed by few checks."""

import importlib
from collections.abc import Callable
from functools import partial

from grader import vocabulary

STEPS: list[Callable[[], object]] = [
    partial(importlib.import_module, "torch._dynamo"),  # torch imports it by itself for "meta" tensors
    vocabulary.preload,
    *(partial(importlib.import_module, name) for name in ("tqdm.auto", "pandas", "matplotlib.pyplot", "regex")),
]
