"""Joins the sections by an empty line."""

PREAMBLE = "Below is an instruction that describes a task. Write a response that appropriately completes the request."


def section(heading: str, text: str) -> str:
    return "\n".join([f"### {heading}:", text])


def format_input(entry: dict) -> str:
    sections = [PREAMBLE, section("Instruction", entry["instruction"])]
    if len(entry.get("input", "")) > 0:
        sections.append(section("Input", entry["input"]))
    return "\n\n".join(sections)
