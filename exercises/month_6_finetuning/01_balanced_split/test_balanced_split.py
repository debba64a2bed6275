"""Checks the balanced table and the split for what is equal for all seeds: numbers of rows, and which rows they are."""

from exercises.kit import Diagnosis


def check_balanced(run, ham, spam):
    """Compares a balanced table with the reference's."""
    data, expected = (call("balanced", ham=ham, spam=spam) for call in (run, run.reference))
    result = f"`create_balanced_dataset(df)` for {ham} ham and {spam} spam rows"
    same_columns(data["columns"], expected["columns"], result)
    run.equal(data["others"], 0, what=f"number of rows that are neither ham nor spam in {result}")
    if data["spam"] < spam and data["lost"]:
        raise Diagnosis("spam-lost", f"Your result has {data['spam']} spam rows in {result}; it should keep all.")
    run.equal(data["spam"], expected["spam"], what=f"number of spam rows in {result}")
    if data["spam"] == spam and data["ham"] != spam:
        numbers = f"{data['ham']} ham and {data['spam']} spam rows in {result}"
        raise Diagnosis("not-balanced", f"Your result has {numbers}; it should have equally many.")
    run.equal(data["ham"], expected["ham"], what=f"number of ham rows in {result}")
    if data["unknown"]:
        raise Diagnosis("rows", f"Some rows of {result} are not in df; keep each text beside its label.")
    if data["lost"]:
        raise Diagnosis("rows", f"Some spam rows of df are missing in {result}; keep all of them.")
    if data["repeated"]:
        raise Diagnosis("rows", f"Some rows occur twice in {result}; draw without replacement, and join each once.")


def same_columns(columns, expected, result):
    lost = [name for name in expected if name not in columns]
    added = [name for name in columns if name not in expected]
    if lost:
        raise Diagnosis("column-lost", f"Your result lacks the column {lost[0]} in {result}; it should keep it.")
    if added:
        raise Diagnosis("column-added", f"Your result has a new column {added[0]} in {result}; it should add none.")


def check_split(run, size, train, validation):
    """Compares the three parts with the reference's."""
    data, expected = (call("split", size=size, train=train, validation=validation) for call in (run, run.reference))
    call = f"`random_split(df, {train / 10}, {validation / 10})` for {size} rows"
    for mine, right in zip(data["columns"], expected["columns"], strict=True):
        same_columns(mine, right, f"a part of {call}")
    if not (data["unknown"] or data["repeated"]) and sum(data["sizes"]) < size:
        raise Diagnosis(
            "rows-lost", f"Your parts of {call} have {sum(data['sizes'])} rows; the last one should have the rest."
        )
    for names in data["shared"]:
        raise Diagnosis("parts-overlap", f"Your {names} of {call} share rows; each row should be in one part only.")
    for name, mine, right in zip(
        ("train_df", "validation_df", "test_df"), data["sizes"], expected["sizes"], strict=True
    ):
        run.equal(mine, right, what=f"number of rows in {name} of {call}")
    if data["unknown"]:
        raise Diagnosis("parts", f"Some rows of {call} are not in df; keep each text beside its label.")
    if data["repeated"]:
        raise Diagnosis("parts", f"Some rows occur twice in {call}; cut one shuffled table into three parts.")
    if data["missing"]:
        raise Diagnosis("parts", f"Some rows are in no part of {call}; cut one shuffled table into three parts.")


def test_balanced(run):
    """The balanced table has all spam and equally many ham rows

    Page: "every spam row once, and equally many ham rows"
    """
    check_balanced(run, 24, 20)


def test_split(run):
    """The three parts have the right numbers of rows and share none

    Page: "Each row of `df` is in exactly one part, with all its columns."
    """
    check_split(run, 15, 7, 1)


def test_chosen(run):
    """The ham rows are drawn at random

    Page: "drawn at random and without replacement"
    """
    for kind in run("chosen"):
        if kind != "at random":
            raise Diagnosis(
                "not-drawn",
                f"Your `create_balanced_dataset` takes {kind} ham rows, in the order of the table; it should draw "
                "them at "
                "random: part.sample(n).",
            )


def test_shuffled(run):
    """The rows are shuffled before the split

    Page: "shuffle before you split, not after"
    """
    texts = {
        "by label": "Your `random_split` returns the rows in the order of their labels; it should shuffle them.",
        "as before": "Your `random_split` leaves the rows in the order of df; it should shuffle them first, and use "
        "what df.sample(frac=1) returns.",
        "shuffled after the split": "Your `train_df` has exactly the first or last rows of df, so they are shuffled "
        "after the split; shuffle df first: df.sample(frac=1).",
    }
    for kind in run("order"):
        if kind != "shuffled":
            raise Diagnosis("not-shuffled", texts[kind])


def test_other_numbers(run):
    """Any numbers of ham and spam rows work

    Page: "There is at least as much ham as spam."
    """
    for ham, spam in ((20, 20), (40, 1), (21, 19), (33, 20)):
        check_balanced(run, ham, spam)


def test_other_fractions(run):
    """Each number of rows is rounded down by itself

    Page: "Round each number of rows down by itself"
    """
    for size, train, validation in ((33, 3, 3), (10, 7, 1), (20, 5, 3), (9, 6, 2), (19, 7, 1), (7, 2, 1)):
        check_split(run, size, train, validation)


def test_both(run):
    """A balanced table with mapped labels can be split

    Page: "the book maps them to 0 and 1 between the two calls"
    """
    data, expected = run("both"), run.reference("both")
    if None in data["labels"]:
        raise Diagnosis("column-lost", "Your random_split returns rows without the column Label; it should keep it.")
    run.equal(
        data["sizes"], expected["sizes"], what="numbers of rows of `random_split` for a balanced table of 20 rows"
    )
    run.equal(data["labels"], expected["labels"], what="list of the labels in all parts of a balanced table of 20 rows")


def test_equal_rows(run):
    """Rows with equal texts all count

    Page: "Two rows may be equal, as some messages are sent twice: each counts."
    """
    data, expected = run("equal_rows"), run.reference("equal_rows")
    calls = {"balanced": "`create_balanced_dataset(df)`"}
    for name, number in expected.items():
        if data[name] < number:
            says = f"Yours loses rows whose texts occur twice: it returns {data[name]} of {number} rows as {name}"
            raise Diagnosis("equal-rows", f"{says}; it should keep them.")
        what = f"number of rows in {calls.get(name, f'{name} of `random_split(df, 0.5, 0.25)`')}"
        run.equal(data[name], number, what=f"{what} for 24 ham and 8 spam rows with four texts")


def test_by_name(run):
    """The arguments have the names of the page

    Page: "`random_split(df, train_frac, validation_frac)`"
    """
    what = "numbers of rows of both functions with named arguments"
    run.equal(run("by_name"), run.reference("by_name"), what=what)


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "shuffles all rows"
    """
    for name, has_earlier_text in run("second_table").items():
        assert not has_earlier_text, (
            f"Your `{name}` returns rows of the table of an earlier call; it should keep nothing between calls."
        )
