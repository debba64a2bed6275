import re


class SimpleTokenizerV2:
    def __init__(self, vocab):
        self.str_to_int = vocab
        self.int_to_str = {i: s for s, i in vocab.items()}

    def encode(self, text):
        words = re.split(r'([,.:;?_!"()\']|--|\s)', text)
        words = [w.strip() for w in words if w.strip()]
        words = [w if w in self.str_to_int else "<|unk|>" for w in words]
        return [self.str_to_int[w] for w in words]

    def decode(self, ids):
        text = " ".join([self.int_to_str[i] for i in ids])
        return re.sub(r'\s+([,.:;?!"()\'])', r"\1", text)
