"""Decodes the bytes of each id instead of the id."""

from tiktoken import get_encoding


def encode_pieces(text: str) -> list:
    encoding = get_encoding("gpt2")
    ids = encoding.encode_ordinary(text)
    data = [encoding.decode_single_token_bytes(i) for i in ids]
    return [ids, [piece.decode("utf-8", errors="replace") for piece in data], b"".join(data).decode("utf-8")]
