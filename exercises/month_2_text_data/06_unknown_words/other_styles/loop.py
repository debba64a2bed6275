import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def encode_pieces(text):
    integers = tokenizer.encode(text, allowed_special={"<|endoftext|>"})
    pieces = []
    for i in integers:
        pieces.append(tokenizer.decode([i]))
    return integers, pieces, tokenizer.decode(integers)
