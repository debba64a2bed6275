"""Probes for minhash and near_duplicates. Hash functions differ, so data are compared by what is true for all."""

import builtins
import random

from exercises.kit import Int, ProbeProblem, summarized_by

SEEDS = list(range(200))
WORDS = (
    "river stone window garden letter market winter bridge candle forest silver morning shadow village thunder "
    "ladder blanket engine harbour pepper mirror button meadow ticket"
)


def words(count, seed):
    return random.Random(seed).choices(WORDS.split(), k=count)


def text(count, seed, **changes):
    """A random text in which changes={"w3": "…"} replace the words at some positions."""
    made = words(count, seed)
    for place, word in changes.items():
        made[int(place[1:])] = word
    return " ".join(made)


BASE = text(24, 1)
PAIRS = {
    "equal texts": (BASE, BASE, 3),
    "texts that differ in one word of 24": (BASE, text(24, 1, w12="X"), 3),
    "texts that differ in three words of 24": (BASE, text(24, 1, w5="X", w12="Y", w19="Z"), 3),
    "texts of which one has a word more at the beginning": (BASE, "first " + BASE, 3),
    "texts with the same words in a different order": ("dog bites man", "man bites dog", 2),
    "texts that differ in the last word": ("the cat sat on the mat", "the cat sat on the sofa", 3),
    "texts with the same single words": ("a b c d e f g h", "h g f e d c b a", 1),
    "texts without a common shingle": (BASE, text(24, 2), 4),
    "texts of two words, shorter than n": ("good morning", "good evening", 3),
    "texts that differ in capital letters": ("The cat sat down", "the cat Sat down", 3),
    "texts that differ in a comma": ("stop it, now please", "stop it now please", 3),
    "texts that differ in spaces": ("the  cat sat\ndown ", "the cat sat down", 3),
    "texts of one word, equal": ("hello", "hello", 3),
    "texts with n=5": (BASE, text(24, 1, w12="X"), 5),
}


def jaccard(first, second, n):
    """The similarity of two texts, for the summary: not the learner's."""
    sets = []
    for one in (first, second):
        parts = one.split()
        sets.append({tuple(parts[i : i + n]) for i in range(max(1, len(parts) - n + 1))})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def agreement(data):
    """For each pair of texts: "right" where the share of equal positions is that of their similarity, within five
    standard deviations; else both shares. And whether the numbers of a signature differ."""
    result = {}
    for name, (first, second, n) in PAIRS.items():
        a, b = data[name]
        share = sum(x == y for x, y in zip(a, b, strict=True)) / len(SEEDS)
        right = jaccard(first, second, n)
        spread = 5 * (right * (1 - right) / len(SEEDS)) ** 0.5 + 1e-9
        is_right = abs(share - right) <= spread
        result[name] = "right" if is_right else f"{share:.1g}; their similarity is {right:.2g}"
    return {"pairs": result, "distinct": len(set(data["equal texts"][0])) > len(SEEDS) / 2}


@summarized_by(agreement)
def estimates(impl):
    """The signatures of pairs of texts."""
    data = {name: [list(impl.minhash(one, n, SEEDS)) for one in (first, second)]
            for name, (first, second, n) in PAIRS.items()}  # fmt: skip
    for pair in data.values():
        for signature in pair:
            if len(signature) != len(SEEDS):
                raise ProbeProblem(
                    f"Your `minhash` returns {len(signature)} numbers for {len(SEEDS)} seeds; it should return one for "
                    "each."
                )
    return data


def signature_properties(data):
    """Properties of signatures that hold for any hash function."""
    return {
        "list": data["list"],
        "different": len(set(data["signature"])) > len(data["signature"]) * 0.5,
        "repeatable": data["signature"] == data["again"],
        "by seed": data["signature"][3:5] == data["two seeds"] and data["signature"][::-1] == data["turned"],
        "hash": data["hash"],
    }


@summarized_by(signature_properties)
def signature(impl):
    """Signatures of one text for different seeds, and whether hash() is called with a text."""
    seeds, calls, plain_hash = list(range(20)), [], hash

    def watched(value):
        calls.append(_has_text(value))
        return plain_hash(value)

    builtins.hash = watched
    try:
        made = impl.minhash(BASE, 3, seeds)
    finally:
        builtins.hash = plain_hash
    return {
        "list": isinstance(made, list),
        "signature": list(made),
        "again": list(impl.minhash(BASE, 3, seeds)),
        "two seeds": list(impl.minhash(BASE, 3, [3, 4])),
        "turned": list(impl.minhash(BASE, 3, seeds[::-1])),
        "hash": any(calls),
    }


def _has_text(value):
    if isinstance(value, tuple | frozenset):
        return any(_has_text(item) for item in value)
    return isinstance(value, str | bytes)


@summarized_by(lambda data: {"equal": data[0] == data[1]})
def by_name(impl):
    """A signature with named arguments, and without."""
    return [list(impl.minhash(seeds=[1, 2, 3], n=2, text=BASE)), list(impl.minhash(BASE, 2, [1, 2, 3]))]


# near_duplicates


def collection(seed, groups=3, others=6):
    """Texts in groups of near duplicates, among others that are different."""
    source = random.Random(seed)
    made = [text(30, f"{seed} other {i}") for i in range(others)]
    for group in range(groups):
        name = f"{seed} group {group}"
        made.append(text(30, name))
        made.append(text(30, name, w29="X"))
        made.append(text(30, name, w0="Y"))
    source.shuffle(made)
    return made


def pairs(impl, texts, threshold=0.8):
    """The pairs as lists: a tuple and a list of two are the same."""
    found = impl.near_duplicates(texts, threshold)
    if not isinstance(found, list):
        raise ProbeProblem(
            f"Your `near_duplicates` returns a {type(found).__name__}; it should return a list of pairs."
        )
    return [list(map(int, pair)) for pair in found]


def few(impl):
    """The pairs of short texts at two thresholds; those of the first text have similarities of 0.75, 0.67 and 0.5."""
    texts = [
        "one two three four five six seven eight nine",
        "a b c d e f",
        "zero one two three four five six seven eight nine ten",
        "one two three four five six seven",
        "nine eight seven six five four three two one",
        "a b c d e f",
        "four five six seven eight nine a b",
        "a b c d e f",
    ]
    return {"0.6": pairs(impl, texts, 0.6), "0.8": pairs(impl, texts, 0.8)}


def found_pairs(impl, seed=0):
    """The pairs of a larger collection, where each similarity is above 0.85 or below 0.2."""
    return pairs(impl, collection(seed))


def below(impl):
    """The pairs at two thresholds, of texts with a similarity of about 0.7."""
    texts = [text(40, 5), text(40, 5, w10="X", w28="Y"), text(40, 6)]
    return {"0.6": pairs(impl, texts, 0.6), "0.8": pairs(impl, texts, 0.8)}


def short(impl):
    """The pairs of texts with few words, of no text and of one."""
    texts = ["hello", "good morning", "hello", "good evening", "good morning"]
    return {"texts": pairs(impl, texts, 0.8), "none": pairs(impl, [], 0.8), "one": pairs(impl, ["a b c d"], 0.8)}


def many(impl, seed: Int[1, 99] = 1, groups: Int[0, 2] = 2, others: Int[0, 3] = 3):
    """The pairs of any collection."""
    return pairs(impl, collection(seed, groups, others))
