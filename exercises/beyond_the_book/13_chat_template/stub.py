def render(messages):
    """Returns a conversation as one text in SmolLM2's chat template.

    messages: a list of dictionaries {"role": "system", "user" or "assistant", "content": text}
    """
    raise NotImplementedError


def targets(messages, tokenizer):
    """Returns (inputs, targets), two lists of N - 1 ids for a conversation of N tokens.

    tokenizer: tokenizer.encode(text) returns a list of ids; <|im_start|> and <|im_end|> are one id each
    targets[i] is the id after inputs[i] if an assistant message or its <|im_end|> contains it, else -100.
    """
    raise NotImplementedError
