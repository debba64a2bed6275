"""What is asked of a SimpleTokenizerV1. The texts have no colon or semicolon: editions of the book differ there."""

from grader.probing import Ints, Text

HELLO = {"!": 0, ",": 1, "Hello": 2, "again": 3, "world": 4}
WORDS_TEXT = "! \" ' ( ) , -- . ? Do It No She So Tea We cat do it like no s said she so tea the we you"
WORDS = WORDS_TEXT.split()
VOCAB = {word: idx for idx, word in enumerate(WORDS)}
GAPS = {"the": 700, "cat": 12, "Tea": 5, ".": 90, ",": 3, "no": 41}  # in no order, and with gaps
SENTENCES = [
    "Do you like tea, she said.",
    "No! No, no. Do we?",
    "So the cat -- the cat -- said no.",
    "She said so",
    "tea",
    "Tea, tea, tea!",
]


def tokenizer(impl, vocab=None):
    return impl.SimpleTokenizerV1(dict(VOCAB if vocab is None else vocab))


def example(impl):
    """The task's example."""
    made = tokenizer(impl, HELLO)
    return {"ids": made.encode("Hello, world!"), "text": made.decode([2, 1, 4, 3, 0])}


def encoded(impl):
    """Texts to ids, with every mark and kind of blank."""
    texts = [*SENTENCES, "It's so", '"Do you?" she said.', "(so it said)", "the\ncat\tsaid  no"]
    made = tokenizer(impl)
    return {text: made.encode(text) for text in texts}


def decoded(impl):
    """Words and one mark, for each mark."""
    made = tokenizer(impl)
    return {
        mark: made.decode([VOCAB["she"], VOCAB[mark], VOCAB["said"]]) for mark in [",", ".", "?", "!", '"', ")", "'"]
    }


def sentences(impl):
    """Sentences from ids."""
    made = tokenizer(impl)
    return [made.decode([VOCAB[word] for word in words.split()]) for words in
            ("She said , no !", "Do you like tea ?", "the cat -- no", "tea", "No ! No ! Do we ? So .")]  # fmt: skip


def round_trips(impl):
    """Sentences to ids and back."""
    made = tokenizer(impl)
    return {text: made.decode(made.encode(text)) for text in SENTENCES}


def gaps(impl):
    """A vocabulary whose ids are in no order and have gaps."""
    made = tokenizer(impl, GAPS)
    return {"ids": made.encode("the cat, no Tea."), "text": made.decode([5, 3, 12, 41, 700, 90])}


def unknown(impl):
    """What happens at words that the vocabulary does not hold."""
    made = tokenizer(impl)
    found = {}
    for text in ("the dog said no", "dog", "like TEA"):
        try:
            found[text] = f"the result {made.encode(text)}"
        except KeyError:
            found[text] = "KeyError"
    return found


def empty(impl):
    """The empty text, blanks, and no ids."""
    made = tokenizer(impl)
    return {"empty": made.encode(""), "blanks": made.encode(" \n "), "none": made.decode([])}


def two(impl):
    """Two tokenizers; the first is asked again after the second was made."""
    first = tokenizer(impl)
    before = first.encode("the cat")
    second = tokenizer(impl, GAPS)
    return {
        "before": before,
        "second": second.encode("the cat"),
        "after": first.encode("the cat"),
        "text": first.decode([VOCAB["the"], VOCAB["cat"]]),
    }


def repeated(impl):
    """One text, another, the first again; the ids and the vocabulary must stay as they are."""
    vocab = dict(VOCAB)
    made = impl.SimpleTokenizerV1(vocab)
    first = made.encode("the cat said no")
    kept = list(first)
    other, text = made.encode("so it, so."), made.decode(first)
    again = made.encode("the cat said no")
    return {"first": kept, "other": other, "again": again, "text": text, "ids": first, "vocab": vocab}


def any_text(impl, text: Text[0, 200] = 'Do you like tea, she said. "No!" So the cat -- no (it\'s so)?'):
    """The ids of any text and the text again, or that a word is unknown. Colons and semicolons count as commas."""
    made = tokenizer(impl)
    try:
        ids = made.encode(text.replace(":", ",").replace(";", ","))
    except KeyError:
        return "KeyError"
    return {"ids": ids, "text": made.decode(ids)}


def any_ids(impl, ids: Ints[0, 16, 0, 28] = (14, 5, 22, 8)):
    """The text of any ids that the vocabulary holds."""
    return tokenizer(impl).decode(list(ids))
