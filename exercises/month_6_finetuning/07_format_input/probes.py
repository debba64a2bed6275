"""Entries for the probes of exercise.toml."""


def entry(instruction, input="", **more):
    """Returns an entry of the training data; `more` can be its output."""
    return {"instruction": instruction, "input": input, **more}


EXAMPLE = entry("Correct the spelling.", "Ocasion", output="Occasion")
WITHOUT_INPUT = entry("Name a prime number between 20 and 30.", output="23")

OTHERS = {
    "another input": entry("Sort the words.", "pear, fig, apple", output="apple, fig, pear"),
    "another empty input": entry("What is 7 times 8?", output="56"),
    'the input "0"': entry("Write the number as a word.", "0", output="zero"),
    "equal texts": entry("Hello", "Hello", output="Hello"),
    "short texts": entry("a", "b", output="c"),
}

AS_THEY_ARE = {
    "braces": entry("Fill in {instruction} and {input}.", "f'{x}' and {{y}}", output="done"),
    "percent signs and backslashes": entry(r"Explain %s and %(input)s.", r"print('\n%d\g<0>$1' % 3)", output="done"),
    "line breaks": entry("Fix this code.\nKeep its names.", "def f(x):\n    return x +\n\nf(1)", output="done"),
    "spaces at the ends": entry(" Indent the line. ", "    return x  ", output="done"),
    "a line break at the end": entry("Count the lines.\n", "one\ntwo\n", output="done"),
    "only spaces as the input": entry("Count the spaces.", "   ", output="3"),
    "accents, quotes and headings": entry('Übersetze "naïve" — bitte.', "### Instruction:\n日本", output="done"),
}


def prompts(format_input, entries):
    """Returns the prompt of each entry, by what is special about it."""
    return {name: format_input(dict(one)) for name, one in entries.items()}


def called_again(format_input):
    """Returns the prompts of an entry, of one with an equal instruction, and of the first one again."""
    entries = {"first": EXAMPLE, "equal instruction": entry(EXAMPLE["instruction"], "Sucess"), "again": EXAMPLE}
    return prompts(format_input, entries)
