import re


class SimpleTokenizerV1:
    def __init__(self, vocab):
        self.str_to_int = vocab
        self.int_to_str = {number: string for string, number in vocab.items()}

    def encode(self, text):
        words = re.split(r'([,.?_!"()\']|--|\s)', text)
        words = [w.strip() for w in words if w.strip()]
        return [self.str_to_int[w] for w in words]

    def decode(self, ids):
        joined = " ".join([self.int_to_str[i] for i in ids])
        joined = re.sub(r'\s+([,.?!"()\'])', r"\1", joined)
        return joined
