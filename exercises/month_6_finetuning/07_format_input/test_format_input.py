"""Says which line of the prompt differs, and how."""

from exercises.kit import Diagnosis


def test_lines(run):
    """Each line of the prompt is the page's

    Page: "There is one empty line before each `###`, so two `\\n`, and no empty line after a heading."
    """
    for probe, case in (("example", "the worked example"), ("without_input", "an entry with an empty input")):
        prompt, expected = run(probe), run.reference(probe)
        if not isinstance(prompt, str):
            raise Diagnosis("type", f"Yours returns a result of type {type(prompt).__name__}; it should be one string.")
        if prompt != expected:
            raise difference(prompt.split("\n"), expected.split("\n"), case)


def test_as_they_are(run):
    """The texts are inserted as they are

    Page: "Insert both texts as they are, with their spaces, line breaks and braces"
    """
    prompts = run("as_they_are")
    for name, expected in run.reference("as_they_are").items():
        run.equal(type(prompts[name]).__name__, "str", what=f"type of `format_input(entry)` for texts with {name}")
        if prompts[name] != expected:
            raise difference(prompts[name].split("\n"), expected.split("\n"), f"texts with {name}")


def test_no_memory(run):
    """Each call begins a new prompt

    Page: "It returns everything that comes before the response, as one string"
    """
    prompts, expected = run("again"), run.reference("again")
    if prompts["first"] == expected["first"]:
        assert prompts["equal instruction"] != prompts["first"], (
            "Yours returns the prompt of an earlier call for an entry with the same instruction and a different input; "
            "it should keep nothing between calls."
        )
    assert prompts["again"] == prompts["first"], (
        "Yours returns a different prompt when it is called with the same entry again; it should keep nothing between "
        "calls."
    )


def difference(lines, expected, case):
    """Returns what is different in the first line that differs."""
    number = next((i for i, (line, right) in enumerate(zip(lines, expected, strict=False)) if line != right), None)
    if number is None:
        return end(lines, expected, case)
    line, right, place = lines[number], expected[number], f"line {number + 1} of your prompt for {case}"
    if line == f"{right}\r":
        return Diagnosis("line-ends", f"Yours ends {place} with '\\r\\n'; it should end with '\\n'.")
    if right == "" and line.strip():
        return Diagnosis("no-empty-line", f"Yours has no empty line before {line[:60]!r}; it should have one.")
    if line.strip() == right:
        return Diagnosis("spaces", f"Yours has spaces at an end of {place}; it should be {right!r}.")
    if line == "":
        return Diagnosis("empty-line", f"Yours has an empty line before {right[:60]!r}; none should be there.")
    if number == 0:
        return Diagnosis("first-line", words(line, right))
    if right.startswith("###") and line.startswith(right):
        return Diagnosis(
            "text-beside-heading", f"Yours has more than {right!r} on {place}; a line break should follow."
        )
    return Diagnosis("line", f"Yours has {line[:60]!r} as {place}; it should be {right[:60]!r}.")


def end(lines, expected, case):
    if len(lines) < len(expected):
        missing = expected[len(lines) :]
        return Diagnosis("end-missing", f"Your prompt for {case} ends too early; {missing!r} should follow.")
    added = "\n".join(lines[len(expected) :])
    return Diagnosis("end-added", f"Your prompt for {case} goes on with {added[:60]!r}; nothing should follow.")


def words(line, right):
    """Says from which word on the first line differs."""
    mine, page = line.split(" "), right.split(" ")
    place = next((i for i, (a, b) in enumerate(zip(mine, page, strict=False)) if a != b), min(len(mine), len(page)))
    shown = [" ".join(part[place : place + 4]) for part in (mine, page)]
    return f"Your first line has {shown[0]!r} from word {place + 1} on; it should have {shown[1]!r} there."
