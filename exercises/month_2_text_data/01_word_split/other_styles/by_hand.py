"""Reads one character at a time, without regular expressions."""


def split_words(text):
    tokens, word, i = [], "", 0
    while i <= len(text):
        c = text[i : i + 2] if text[i : i + 2] == "--" else text[i : i + 1]
        ends = c == "" or c.isspace() or c == "--" or c in ",.:;?_!\"()'"
        if ends:
            tokens += [t for t in (word, c.strip()) if t]
            word = ""
        else:
            word += c
        i += max(1, len(c))
    return tokens
