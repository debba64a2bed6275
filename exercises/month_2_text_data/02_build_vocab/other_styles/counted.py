"""Uses Counter, itertools and zip, and returns a subclass of dict."""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from itertools import chain, count


def build_vocab(tokens: Iterable[str], specials: Iterable[str] = (), start: int = 0) -> dict[str, int]:
    return OrderedDict(zip(chain(sorted(Counter(tokens)), specials), count(start)))
