"""Your batch of instructions as a picture: the ids, the padding, and the targets that count."""

from exercises.drawings import HeatMap, Table
from exercises.kit import Int
from exercises.texts import instruction_entries

PAD, IGNORED = 0, -100


class Words:
    """A tokenizer whose ids are the lengths of the words, at most 9."""

    def encode(self, text, **options):
        return [min(len(word), 9) for word in text.split()]


def draw(impl, batch_size: Int[1, 10] = 6, allowed_max_length: Int[4, 60] = 56):
    entries = sorted(instruction_entries()[:60], key=lambda entry: sum(map(len, entry.values())))[: 2 * batch_size : 2]
    dataset = impl.InstructionDataset(entries, Words())
    lists = [list(dataset[i]) for i in range(len(dataset))]
    inputs, targets = impl.custom_collate_fn(lists, PAD, IGNORED, allowed_max_length)
    names = [f"entry {i + 1}" for i in range(len(lists))]
    shown = [[[None if id == hidden else id for id in row] for row in part.tolist()]
             for part, hidden in ((inputs, PAD), (targets, IGNORED))]  # fmt: skip
    counted = int((targets != IGNORED).sum())
    ends = int((targets == PAD).sum())
    row = max(range(len(lists)), key=lambda i: -len(lists[i]))
    end = min(len(lists[row]) + 3, inputs.shape[1])
    rows = [[name, *(" ".join(map(str, part[row, end - 7 : end].tolist())),)]
            for name, part in (("inputs", inputs), ("targets", targets))]  # fmt: skip
    return [
        HeatMap(shown[0], names, digits=0, title="Inputs: a dot is padding, a number the length of a word",
                caption=f"{len(lists)} lists of {min(map(len, lists))} to {max(map(len, lists))} ids became "
                        f"{inputs.shape[0]} × {inputs.shape[1]}."),
        HeatMap(shown[1], names, digits=0, title="Targets: a dot is ignored in the loss",
                caption=f"{counted} of {targets.numel()} targets count; {ends} of them are the id that ends an entry."),
        Table(["", f"around the end of {names[row]}"], rows, title="One place in numbers",
              caption=f"The targets are the inputs one place on. One {PAD} stays, since the model must learn to stop; "
                      f"where there is more padding, it becomes {IGNORED}."),
    ]  # fmt: skip
