def format_input(entry):
    text = (
        f"Below is an instruction that describes a task. "
        f"Write a response that appropriately completes the request."
        f"\n\n### Instruction:\n{entry['instruction']}"
    )
    return text + (f"\n\n### Input:\n{entry['input']}" if entry["input"] != "" else "")
