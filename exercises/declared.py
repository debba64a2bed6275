"""The data that an exercise.toml declares in place of code: value checks, and settings of the common checks."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

CommonKind = Literal["dtypes", "device", "weights", "gradients", "state", "manners"]
COMMON_KINDS: tuple[CommonKind, ...] = get_args(CommonKind)
# a test file that defines a test of this name replaces the common check
TEST_NAMES: dict[CommonKind, str] = {
    "dtypes": "test_dtype", "device": "test_device", "weights": "test_registered",
    "gradients": "test_gradients", "state": "test_no_memory", "manners": "test_manners",
}  # fmt: skip


class CommonSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The [common] table: `what` names the result in messages; `hints` adds one to a kind of common check.

    `make` and `inputs` are expressions, and define `common = CommonProbes(…)` where probes.py does not.
    """

    what: str = "result"
    hints: dict[str, str] = {}
    make: str = ""
    inputs: tuple[str, ...] = ()


class ValueCheck(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[check]]: a probe whose data must equal the reference's. `page` quotes the words of README.md that ask for
    it; `what` names the result in messages. Where it contains {}, the data is a dict from an input to its result, and
    {} stands for the input."""

    title: str
    page: str
    probe: str
    what: str = "result"
    hint: str = ""

    @property
    def name(self) -> str:
        return f"test_{self.probe}"

    @property
    def docstring(self) -> str:
        """The check's docstring, as a test file would write it."""
        return f'{self.title}\n\nPage: "{self.page}"'
