"""Walks over the ids with a state: which role is speaking."""


def _complete(messages):
    if messages[0].get("role") == "system":
        return messages
    default = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    return [{"role": "system", "content": default}, *messages]


def render(messages, add_generation_prompt=False):
    lines = []
    for m in _complete(messages):
        lines.append("<|im_start|>" + m["role"])
        lines.append(m["content"] + "<|im_end|>")
    if add_generation_prompt:
        lines.append("<|im_start|>assistant")
    return "\n".join(lines) + "\n"


def targets(messages, tokenizer):
    ids = tokenizer.encode(render(messages))
    (start,), (end,) = tokenizer.encode("<|im_start|>"), tokenizer.encode("<|im_end|>")
    roles = iter(m["role"] for m in _complete(messages))
    header, inside, result = 0, False, []
    for token in ids:
        if token == start:
            role = next(roles)
            header = len(tokenizer.encode(f"<|im_start|>{role}\n"))
            inside = role == "assistant"
        result.append(token if inside and header <= 0 else -100)
        header -= 1
        if token == end:
            inside = False
    return ids[:-1], result[1:]
