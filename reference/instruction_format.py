"""The prompt of an instruction, in the format of Alpaca (Taori et al., 2023; book, section 7.2)."""

from __future__ import annotations

from collections.abc import Mapping

PREAMBLE = "Below is an instruction that describes a task. Write a response that appropriately completes the request."


def format_input(entry: Mapping[str, str]) -> str:
    """Returns the part of a training text that comes before the response. Book, section 7.2.

    entry: the texts of "instruction" and "input"; an empty input has no section
    """
    instruction_text = f"{PREAMBLE}\n\n### Instruction:\n{entry['instruction']}"
    input_text = f"\n\n### Input:\n{entry['input']}" if entry["input"] else ""
    prompt = instruction_text + input_text
    return prompt
