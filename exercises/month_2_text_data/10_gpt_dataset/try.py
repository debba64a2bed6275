"""Your windows over a sentence, as a picture: what the model reads, and what it should predict."""

from exercises.drawings import HeatMap, Table
from exercises.kit import Int, Text, sentences


class Words:
    """A tokenizer whose ids are the positions of the words."""

    def __init__(self, tokens):
        self.tokens = tokens

    def encode(self, text, allowed_special=()):
        return list(range(len(self.tokens)))


def draw(
    impl, text: Text[10, 200] = "The ferry was late, so the ferryman waited for the mail.",
    max_length: Int[1, 8] = 4, stride: Int[1, 8] = 2,
):  # fmt: skip
    tokens = sentences.words(text)
    dataset = impl.GPTDatasetV1(text, Words(tokens), max_length, stride)
    windows = [(inputs.tolist(), targets.tolist()) for inputs, targets in (dataset[i] for i in range(len(dataset)))]
    if not windows:
        return [Table(["windows"], [[0]], title="No window", caption="The text is shorter than max_length + 1.")]
    used = [[float(i in inputs) + 2 * float(i in targets) or None for i in range(len(tokens))]
            for inputs, targets in windows]  # fmt: skip
    seen = [sum(i in inputs for inputs, _ in windows) for i in range(len(tokens))]
    rows = [[number, " ".join(tokens[i] for i in inputs), " ".join(tokens[i] for i in targets)]
            for number, (inputs, targets) in enumerate(windows)]  # fmt: skip
    return [
        HeatMap(used, [f"window {i}" for i in range(len(windows))], tokens, digits=0,
                title="Each row is a window: 1 input, 2 target, 3 both",
                caption=f"{len(windows)} windows of {max_length} inputs, {stride} apart. A word is an input "
                        f"{min(seen)} to {max(seen)} times."),
        Table(["window", "inputs", "targets"], rows, title="The same as text",
              caption="The targets are the inputs, one word later: each position has a word to predict."),
    ]  # fmt: skip
