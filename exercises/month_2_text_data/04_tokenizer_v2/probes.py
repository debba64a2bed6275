"""What is asked of a SimpleTokenizerV2."""

from grader.probing import Text

UNK, END = "<|unk|>", "<|endoftext|>"
SMALL = {",": 0, "Hello": 1, "tea": 2, "the": 3, END: 4, UNK: 5}
WORDS = f"! , -- . : ; ? Do In Tea do like of palace so sun tea the you {UNK} {END}".split()
VOCAB = {word: idx for idx, word in enumerate(WORDS)}  # <|unk|> is neither the first nor the last
MOVED = {"tea": 31, UNK: 7, ",": 2, END: 19, "sun": 8}


def tokenizer(impl, vocab=None):
    return impl.SimpleTokenizerV2(dict(VOCAB if vocab is None else vocab))


def every(impl, texts, vocab=None):
    made = tokenizer(impl, vocab)
    return {text: made.encode(text) for text in texts}


def example(impl):
    """The task's example."""
    made = tokenizer(impl, SMALL)
    ids = made.encode(f"Hello, palace {END} the tea")
    return {"ids": ids, "text": made.decode([1, 0, 5, 4, 3, 2])}


def known(impl):
    """Texts of which every word is known."""
    return every(impl, ["Do you like tea?", "In the sun -- of the palace.", "tea; so: tea!", "the\nsun", "tea"])


def unknown(impl):
    """Unknown words at the beginning, in the middle, at the end, and nothing else."""
    return every(impl, ["coffee, so", "Do you like coffee?", "the moon", "coffee", "100% sure!"])


def in_a_row(impl):
    """Several unknown words in a row, and one of them twice."""
    return every(impl, ["the big red moon", "moon moon moon", "the moon, the moon"])


def cases(impl):
    """Words known in one case only."""
    return every(impl, ["TEA tea Tea", "do Do DO", "Palace palace", "in In"])


def ends(impl):
    """<|endoftext|> between texts, first, last and twice; <|unk|> written out."""
    texts = ["the sun {} the tea", "{} the sun", "the sun {}", "the {} {} sun", "so.\n{}\nIn moon", "{}"]
    return every(impl, [text.replace("{}", END) for text in texts] + [f"the {UNK} sun"])


def moved(impl):
    """A vocabulary that has <|unk|> elsewhere."""
    return every(impl, ["tea, moon", f"sun {END} coffee", "a b c"], MOVED)


def decoded(impl):
    """Special tokens and marks from ids."""
    made = tokenizer(impl)
    lines = ("Do you like <|unk|> ?", "the sun . <|endoftext|> In the <|unk|> , so !", "<|endoftext|>", "tea")
    return [made.decode([VOCAB[word] for word in line.split()]) for line in lines]


def there_and_back(impl):
    """Texts to ids and back."""
    made = tokenizer(impl)
    texts = ["Do you like coffee?", f"the sun. {END} In the moon, so!", "Hello, do you like tea"]
    return [made.decode(made.encode(text)) for text in texts]


def empty(impl):
    """The empty text, and no ids."""
    made = tokenizer(impl)
    return {"empty": made.encode(""), "none": made.decode([])}


def kept(impl):
    """One text, another with new words, the first again, and the vocabulary afterwards."""
    vocab = dict(VOCAB)
    made = impl.SimpleTokenizerV2(vocab)
    first = made.encode("the moon")
    other = made.encode("stars, moon tea")
    return {"first": first, "other": other, "again": made.encode("the moon"), "vocab": vocab}


def two(impl):
    """Two tokenizers; the first is asked again after the second was made."""
    first = tokenizer(impl)
    second = tokenizer(impl, MOVED)
    return {"second": second.encode("tea moon"), "first": first.encode("tea moon"), "text": first.decode([19, 0])}


def any_text(impl, text: Text[0, 200] = "Do you like coffee? In the sun -- of the palace; <|endoftext|> so: tea!"):
    """The ids of any text, and the text again, where colons and semicolons count as commas."""
    made = tokenizer(impl)
    return {"ids": made.encode(text), "text": made.decode(made.encode(text.replace(":", ",").replace(";", ",")))}
