"""Probes for SimpleTokenizerV2. Only `colons` has colons or semicolons, on which the book's code varies."""

from exercises.kit import Text

UNK, END = "<|unk|>", "<|endoftext|>"
SMALL = {",": 0, "Hello": 1, "tea": 2, "the": 3, END: 4, UNK: 5}
WORDS = f"! ' , -- . ? Do In Tea _ do like of palace s so sun tea the you {UNK} {END}".split()
VOCAB = {word: idx for idx, word in enumerate(WORDS)}  # <|unk|> is neither first nor last
MOVED = {"tea": 31, UNK: 7, ",": 2, END: 19, "sun": 8}


def make_tokenizer(impl, vocab=None):
    return impl.SimpleTokenizerV2(dict(VOCAB if vocab is None else vocab))


def encode_each(impl, texts, vocab=None):
    tokenizer = make_tokenizer(impl, vocab)
    return {text: tokenizer.encode(text) for text in texts}


def example(impl):
    """The worked example."""
    tokenizer = make_tokenizer(impl, SMALL)
    ids = tokenizer.encode(f"Hello, palace {END} the tea")
    return {"ids": ids, "text": tokenizer.decode([1, 0, 5, 4, 3, 2])}


def known(impl):
    """Texts whose words are all in the vocabulary."""
    return encode_each(impl, ["Do you like tea?", "In the sun -- of the palace.", "so, tea!", "the\nsun", "tea"])


def glued(impl):
    """Words with a separator and no space between them."""
    return encode_each(impl, ["the sun's tea", "the_sun", "sun--so"])


def colons(impl):
    """Texts with colons and semicolons."""
    tokenizer = make_tokenizer(impl, {"tea": 0, ":": 1, ";": 2, "so": 3, UNK: 4, END: 5})
    return [tokenizer.encode(text) for text in ("so:tea", "so;tea")]


def unknown(impl):
    """Unknown words at the start, in the middle, at the end, and on their own."""
    return encode_each(impl, ["coffee, so", "Do you like coffee?", "the moon", "coffee", "100% sure!"])


def in_a_row(impl):
    """Several unknown words in a row, also repeated ones."""
    return encode_each(impl, ["the big red moon", "moon moon moon", "the moon, the moon"])


def cases(impl):
    """Words that are in the vocabulary in one case only."""
    return encode_each(impl, ["TEA tea Tea", "do Do DO", "Palace palace", "in In"])


def ends(impl):
    """<|endoftext|> between texts, first, last and repeated, and a literal <|unk|>."""
    texts = ["the sun {} the tea", "{} the sun", "the sun {}", "the {} {} sun", "so.\n{}\nIn moon", "{}"]
    return encode_each(impl, [text.replace("{}", END) for text in texts] + [f"the {UNK} sun"])


def moved(impl):
    """A vocabulary in which <|unk|> has a different id."""
    return encode_each(impl, ["tea, moon", f"sun {END} coffee", "a b c"], MOVED)


def decoded(impl):
    """Decodes special tokens and punctuation."""
    tokenizer = make_tokenizer(impl)
    lines = ("Do you like <|unk|> ?", "the sun . <|endoftext|> In the <|unk|> , so !", "<|endoftext|>", "tea")
    return [tokenizer.decode([VOCAB[word] for word in line.split()]) for line in lines]


def there_and_back(impl):
    """Encodes and decodes texts."""
    tokenizer = make_tokenizer(impl)
    texts = ["Do you like coffee?", f"the sun. {END} In the moon, so!", "Hello, do you like tea"]
    return [tokenizer.decode(tokenizer.encode(text)) for text in texts]


def empty(impl):
    """An empty text and an empty list of ids."""
    tokenizer = make_tokenizer(impl)
    return {"empty": tokenizer.encode(""), "none": tokenizer.decode([])}


def kept(impl):
    """Encodes two texts with unknown words and the first again, and returns the vocabulary after the calls."""
    vocab = dict(VOCAB)
    tokenizer = impl.SimpleTokenizerV2(vocab)
    first = tokenizer.encode("the moon")
    other = tokenizer.encode("stars, moon tea")
    return {"first": first, "other": other, "again": tokenizer.encode("the moon"), "vocab": vocab}


def two(impl):
    """Two tokenizers, the first also used after the second is created."""
    first = make_tokenizer(impl)
    second = make_tokenizer(impl, MOVED)
    return {"second": second.encode("tea moon"), "first": first.encode("tea moon"), "text": first.decode([19, 0])}


def any_text(impl, text: Text[0, 200] = "Do you like coffee? In the sun -- of the palace, <|endoftext|> so tea!"):
    """Encodes and decodes any text. Colons and semicolons are replaced by commas."""
    tokenizer = make_tokenizer(impl)
    ids = tokenizer.encode(text.replace(":", ",").replace(";", ","))
    return {"ids": ids, "text": tokenizer.decode(ids)}
