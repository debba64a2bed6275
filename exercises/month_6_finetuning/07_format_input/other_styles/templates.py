"""Two templates with named fields, as in the code of Alpaca."""

PROMPTS = {
    "prompt_input": (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}\n\n### Input:\n{input}"
    ),
    "prompt_no_input": (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}"
    ),
}


def format_input(entry):
    prompt_input, prompt_no_input = PROMPTS["prompt_input"], PROMPTS["prompt_no_input"]
    return prompt_input.format_map(entry) if entry.get("input", "") else prompt_no_input.format_map(entry)
