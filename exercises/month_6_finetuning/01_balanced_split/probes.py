"""Probes for the balanced table and the split. Drawn rows differ by seed, so summaries tell what is equal for all."""

from itertools import combinations

import pandas as pd

from exercises.kit import Int, ProbeProblem, summarized_by

NAMES = ("train_df", "validation_df", "test_df")


def table(ham, spam, mapped=False):
    """A table whose rows mix both labels, and whose index is in descending order.

    With `mapped` the labels are 0 and 1, and there is a third column.
    """
    total = ham + spam
    labels = ["ham"] * total
    for number in range(spam):
        labels[number * total // spam] = "spam"
    values = [int(label == "spam") for label in labels] if mapped else labels
    texts = [f"message {number}" for number in range(total)]
    columns = {"Label": values, "Text": texts}
    if mapped:
        columns["Source"] = [f"file {number % 3}" for number in range(total)]
    return pd.DataFrame(columns, index=range(total + 999, 999, -1))


def rows(df, call):
    """Returns a DataFrame's columns and rows as lists."""
    if not isinstance(df, pd.DataFrame):
        raise ProbeProblem(f"Your {call} is of type `{type(df).__name__}`; it should be a DataFrame.")
    return {
        "columns": [str(name) for name in df.columns],
        "rows": [[_plain(cell) for cell in row] for row in df.values],
    }


def _plain(cell):
    return cell if isinstance(cell, str) else float(cell) if isinstance(cell, float) else int(cell)


def parts(result):
    expected = "it should return three DataFrames: train_df, validation_df, test_df."
    if not isinstance(result, tuple | list):
        raise ProbeProblem(f"Your `random_split` returns a result of type `{type(result).__name__}`; {expected}")
    if len(result) != 3:
        raise ProbeProblem(f"The result of your `random_split` has {len(result)} items; {expected}")
    return [rows(df, f"part {number} of `random_split`") for number, df in enumerate(result, 1)]


def _facts(given, returned):
    """Facts that are equal for all seeds: the rows of one DataFrame, or of several, compared with the given ones."""
    original = [tuple(row) for row in given["rows"]]
    drawn = [tuple(row) for row in returned["rows"]]
    return {
        "unknown": not set(drawn) <= set(original),
        "repeated": len(set(drawn)) < len(drawn),
        "columns": sorted(returned["columns"]),
    }


def _counts(data):
    given, returned = data["given"], data["returned"]
    labels = [row[0] for row in returned["rows"]]
    numbers = {"ham": labels.count("ham"), "spam": labels.count("spam")}
    lost = {row[1] for row in given["rows"] if row[0] == "spam"} - {row[-1] for row in returned["rows"]}
    return numbers | {"others": len(labels) - sum(numbers.values()), "lost": bool(lost)} | _facts(given, returned)


@summarized_by(_counts)
def balanced(impl, ham: Int[20, 40] = 24, spam: Int[1, 20] = 20):
    """The rows before and after balancing."""
    df = table(ham, spam)
    given = rows(df, "")
    return {"given": given, "returned": rows(impl.create_balanced_dataset(df), "result of `create_balanced_dataset`")}


def _choice(data):
    """Which ham rows were chosen, of several tables."""
    kinds = set()
    for pair in data:
        ham = [row[1] for row in pair["given"]["rows"] if row[0] == "ham"]
        chosen = {row[1] for row in pair["returned"]["rows"] if row[0] == "ham"}
        size = len(chosen)
        patterns = {"the first": ham[:size], "the last": ham[len(ham) - size :], "every second": ham[::2][:size]}
        kinds.add(next((name for name, part in patterns.items() if chosen and set(part) == chosen), "at random"))
    return sorted(kinds)


@summarized_by(_choice)
def chosen(impl):
    """The rows of tables of 60 ham and 20 spam messages before and after balancing."""
    return [balanced(impl, 60, spam) for spam in (20, 22)]


def _sizes(data):
    returned = data["returned"]
    every = {"columns": returned[0]["columns"], "rows": [row for part in returned for row in part["rows"]]}
    facts = _facts(data["given"], every)
    missing = len({tuple(row) for row in every["rows"]} & {tuple(row) for row in data["given"]["rows"]}) < len(
        data["given"]["rows"]
    )
    sets = {name: {tuple(row) for row in part["rows"]} for name, part in zip(NAMES, returned, strict=True)}
    shared = [f"{a} and {b}" for a, b in combinations(NAMES, 2) if sets[a] & sets[b] and not missing]
    return {
        "sizes": [len(part["rows"]) for part in returned],
        "unknown": facts["unknown"],
        "repeated": facts["repeated"],
        "missing": missing,
        "shared": shared,  # of parts drawn anew it differs by seed, but then rows are missing
        "columns": [sorted(part["columns"]) for part in returned],
    }


@summarized_by(_sizes)
def split(impl, size: Int[6, 40] = 15, train: Int[2, 7] = 7, validation: Int[1, 3] = 1):
    """The rows before and after the split; the fractions are given in tenths."""
    df = table(size - size // 3, size // 3, mapped=True)
    given = rows(df, "")
    return {"given": given, "returned": parts(impl.random_split(df, train / 10, validation / 10))}


def _order(data):
    """Whether the parts are shuffled, from their texts."""
    kinds = set()
    for pair in data:
        given = [row[1] for row in pair["given"]["rows"]]
        texts = [[_text(row) for row in part["rows"]] for part in pair["returned"]]
        size = len(texts[0])
        labels = [row[0] for part in pair["returned"] for row in part["rows"]]
        if labels in (sorted(labels, key=str), sorted(labels, key=str, reverse=True)):
            kinds.add("by label")
        elif [text for part in texts for text in part] == [text for text in given if any(text in p for p in texts)]:
            kinds.add("as before")
        elif set(texts[0]) in (set(given[:size]), set(given[len(given) - size :])):
            kinds.add("shuffled after the split")
        else:
            kinds.add("shuffled")
    return sorted(kinds)


def _text(row):
    """Returns the text of a row, in whichever column it is."""
    return next((cell for cell in row if isinstance(cell, str) and cell.startswith("message")), "")


@summarized_by(_order)
def order(impl):
    """The rows of a table of 60 and of 50 messages before and after the split."""
    return [split(impl, size, 6, 2) for size in (60, 50)]


def _numbers_of(data):
    return {name: len(part["rows"]) for name, part in data.items()}


@summarized_by(_numbers_of)
def equal_rows(impl):
    """A balanced table and the parts of one, where the same four texts occur again and again."""
    df = table(24, 8)
    df["Text"] = [f"message {number % 4}" for number in range(len(df))]
    train, validation, test = parts(impl.random_split(df.copy(), 0.5, 0.25))
    balanced = rows(impl.create_balanced_dataset(df), "result of `create_balanced_dataset`")
    return {"balanced": balanced, "train_df": train, "validation_df": validation, "test_df": test}


def _has_earlier_text(data):
    earlier = {_text(row) for row in data["earlier"]["rows"]}
    return {name: any(_text(row) in earlier for row in data[name]["rows"]) for name in data if name != "earlier"}


@summarized_by(_has_earlier_text)
def second_table(impl):
    """The rows of a table, and those returned for a second one with as many rows and other texts."""
    first, second = table(12, 6), table(12, 6)
    second["Text"] = [f"message {number}" for number in range(100, 118)]
    impl.create_balanced_dataset(first.copy())
    parts(impl.random_split(first, 0.5, 0.25))
    balanced = rows(impl.create_balanced_dataset(second.copy()), "result of `create_balanced_dataset`")
    split_rows = [row for part in parts(impl.random_split(second, 0.5, 0.25)) for row in part["rows"]]
    return {
        "earlier": rows(first, ""),
        "create_balanced_dataset": balanced,
        "random_split": {"rows": split_rows},
    }


def both(impl):
    """The whole way of the book: balance, map the labels, split."""
    df = impl.create_balanced_dataset(table(30, 10))
    df["Label"] = df["Label"].map({"ham": 0, "spam": 1})
    train, validation, test = parts(impl.random_split(df, 0.7, 0.1))
    labels = {
        row[part["columns"].index("Label")] if "Label" in part["columns"] else None
        for part in (train, validation, test)
        for row in part["rows"]
    }
    return {"sizes": [len(part["rows"]) for part in (train, validation, test)], "labels": sorted(labels, key=str)}


def by_name(impl):
    """The numbers of rows with named arguments."""
    balanced_rows = rows(impl.create_balanced_dataset(df=table(9, 3)), "result of `create_balanced_dataset`")
    three = parts(impl.random_split(df=table(9, 3), train_frac=0.5, validation_frac=0.25))
    return [len(part["rows"]) for part in (balanced_rows, *three)]
