"""Probes for render and targets, with a tokenizer for which each character is a token."""

import re

from exercises.kit import Int, ProbeProblem

SPECIAL = {"<|im_start|>": 1, "<|im_end|>": 2}
CONTENTS = ["Hi", "Who are you?", "I am\na model.", "assistant", "", "2 + 2 ", "Write user\nor assistant", "Four."]


class Characters:
    """Gives special tokens the ids 1 and 2, and each other character its own."""

    eos_id = 2
    special = SPECIAL

    def encode(self, text, special=True, allowed_special="all", disallowed_special=(), add_special_tokens=False):
        pieces = re.findall(r"<\|im_start\|>|<\|im_end\|>|.", text, re.DOTALL) if special and allowed_special else text
        return [SPECIAL.get(piece, ord(piece[0])) for piece in pieces]

    def decode(self, ids):
        names = {idx: text for text, idx in SPECIAL.items()}
        return "".join(names.get(idx, chr(idx)) for idx in ids)


def chat(*contents, system=None):
    """Returns the messages of a user and an assistant, after a system message if there is one."""
    first = [] if system is None else [{"role": "system", "content": system}]
    roles = ("user", "assistant")
    return first + [{"role": roles[i % 2], "content": content} for i, content in enumerate(contents)]


CASES = {
    "a user's and an assistant's message": chat("Hi", "Hello"),
    "two turns after a system message": chat("Hi", "Hello", "2 + 2?", "4", system="Be kind"),
    "an empty answer": chat("Say nothing.", "", system="Obey"),
    "contents of several lines": chat("Write user\nor assistant", "assistant\nuser\n", "", "ok "),
    "an empty system message": chat("Hi", "Hello", system=""),
}


def plain(pair):
    """Returns inputs and targets, lists or tensors, by name."""
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ProbeProblem("Your `targets` does not return a pair; it should return (inputs, targets).")
    inputs, targets = pair
    return {
        name: values.tolist() if hasattr(values, "tolist") else list(values)
        for name, values in (("inputs", inputs), ("targets", targets))
    }


def example(impl):
    """The text of the worked example."""
    return impl.render(chat("Hi", "Hello", system="Be kind"))


def texts(impl):
    """The texts of several conversations."""
    return {case: impl.render(messages) for case, messages in CASES.items()}


def example_targets(impl):
    """Inputs and targets of the worked example."""
    return plain(impl.targets(chat("Hi", "Hello", system="Be kind"), Characters()))


def masked(impl):
    """Inputs and targets of several conversations."""
    return {case: plain(impl.targets(messages, Characters())) for case, messages in CASES.items()}


def several(impl, turns: Int[1, 4] = 2, first: Int[0, 7] = 0, system: Int[0, 1] = 0):
    """The text, inputs and targets of a conversation of some turns."""
    contents = [CONTENTS[(first + i) % len(CONTENTS)] for i in range(2 * turns)]
    messages = chat(*contents, system="Answer" if system else None)
    return {"text": impl.render(messages), **plain(impl.targets(messages, Characters()))}


def by_name(impl):
    """The results for named arguments."""
    messages = chat("Hi", "Hello", system="Be kind")
    return [impl.render(messages=messages), plain(impl.targets(messages=messages, tokenizer=Characters()))]


def twice(impl):
    """The results of two equal pairs of calls."""

    def once():
        messages = chat("Hi", "Hello", "Why?", "So.")
        return [impl.render(messages), plain(impl.targets(messages, Characters()))]

    return [once(), once()]
