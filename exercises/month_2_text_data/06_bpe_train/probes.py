"""What is asked of a BasicTokenizer. In the texts that it is trained on, no two pairs tie for the most frequent."""

from grader.probing import Int, Ints, Text

CATS = (
    "cat the cat the cat cat that hat the the the that chat chat then cat then cat the chat hat cat chat cat cat "
    "the other cat other chat that other hat hat chat the cat the that"
)  # nine merges: at, "at ", th, the, "cat ", "hat ", "the ", "chat ", "cat the "
ACCENTS = "né née née né é née née née 日本 é é été"  # three merges: é, né, " né"
RANKED = "bc.bc,bc;bc:bc!ab?ab-ab+cd=cd"  # three merges: bc, ab, cd
NEW = ["the cat", "that hatch", "cat the cat the other", "thatat atthe", "no merge", "Cat"]
TEXTS = ["", "a", " ", "the cat in the hat", "tabs\tand\nnew lines\r\n", "né, 日本, 🙂🙂", "\x00\x7f", "CAT"]


def tokenizer(impl, text, merges, verbose=False):
    made = impl.BasicTokenizer()
    if verbose:
        made.train(text, 256 + merges, verbose=True)
    else:
        made.train(text, 256 + merges)
    return made


def example(impl):
    """The task's example, encoded and back, and a longer text, by which mistakes can be told apart."""
    made = tokenizer(impl, "aaabdaaabac", 3)
    ids = made.encode("aaabdaaabac")
    return {"ids": ids, "text": made.decode(ids), "cats": tokenizer(impl, CATS, 9).encode(CATS)}


def learned(impl, merges=9):
    """What each new id stands for, and the training text in ids."""
    made = tokenizer(impl, CATS, merges)
    ids = made.encode(CATS)
    return {"ids": ids, "tokens": [made.decode([256 + i]) for i in range(merges)]}


def some_learned(impl, merges=4):
    """The training text in ids where fewer merges are learned."""
    return tokenizer(impl, CATS, merges).encode(CATS)


def new_texts(impl):
    """Texts that it was not trained on."""
    made = tokenizer(impl, CATS, 9)
    return {text: made.encode(text) for text in NEW}


def ranks(impl):
    """Texts in which a pair learned later comes first, or more often."""
    made = tokenizer(impl, RANKED, 3)
    return {text: made.encode(text) for text in ("abc", "abcab", "abcbc", "bcd", "abcdcd")}


def not_ascii(impl):
    """Trained on accents and signs, which are several bytes each."""
    made = tokenizer(impl, ACCENTS, 3)
    return {text: made.encode(text) for text in ("né", "née né 🙂 é", "日本")}


def nothing_learned(impl):
    """With 256 ids, the bytes."""
    return tokenizer(impl, CATS, 0).encode("the hat, né 🙂")


def shortest(impl):
    """The empty text, single letters, and no ids."""
    made = tokenizer(impl, CATS, 9)
    return {"empty": made.encode(""), "one": made.encode("a"), "none": made.decode([])}


def round_trips(impl):
    """Texts to ids and back."""
    made = tokenizer(impl, CATS + ACCENTS, 12)
    return [made.decode(made.encode(text)) for text in TEXTS]


def invalid(impl):
    """Ids that are no valid UTF-8: a stray byte, half an emoji between letters."""
    made = tokenizer(impl, CATS, 9)
    return [made.decode(ids) for ids in ([128], [97, 240, 159, 98], [260, 255, 258])]


def spread(impl):
    """A character whose bytes are four ids."""
    return tokenizer(impl, CATS, 9).decode([97, 240, 159, 153, 130, 256])


def trained_again(impl):
    """Trained on one text, then with fewer merges on another."""
    made = tokenizer(impl, CATS, 9)
    before = made.encode("the cat")
    made.train(RANKED, 258)
    return {"before": before, "after": made.encode("the cat bc"), "token": made.decode([256])}


def two(impl):
    """Two tokenizers, each with its own merges; the first is asked after the second was trained."""
    cats = tokenizer(impl, CATS, 9)
    ranked = tokenizer(impl, RANKED, 2)
    return {"first": cats.encode("the cat bc"), "second": ranked.encode("the cat bc")}


def repeated(impl):
    """The same text encoded twice, and decoded from ids that must stay as they are."""
    made = tokenizer(impl, CATS, 9)
    ids = made.encode("the cat")
    kept = list(ids)
    text = made.decode(ids)
    return {"first": kept, "again": made.encode("the cat"), "ids": ids, "text": text}


def verbose(impl):
    """Trained with verbose=True."""
    return tokenizer(impl, CATS, 5, verbose=True).encode(CATS)


def any_text(impl, text: Text[0, 200] = "the cat that hat chat né 🙂", merges: Int[0, 9] = 9):
    """The ids of any text, after so many merges."""
    return tokenizer(impl, CATS, merges).encode(text)


def any_training(impl, text: Text[2, 80] = "aaabdaaabac", merges: Int[0, 8] = 3):
    """Trained on any text: its ids, and what each new id stands for."""
    made = tokenizer(impl, text, merges)
    return {"ids": made.encode(text), "tokens": [made.decode([256 + i]) for i in range(merges)]}


def any_ids(impl, ids: Ints[0, 16, 0, 264] = (97, 240, 159, 153, 130, 256)):
    """The text of any ids."""
    return tokenizer(impl, CATS, 9).decode(list(ids))
