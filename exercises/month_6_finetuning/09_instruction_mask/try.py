"""Your mask on a batch of instructions, as a picture: only the response is left to be learned."""

from exercises.drawings import Bars, HeatMap
from exercises.kit import Int
from exercises.texts import instruction_entries

PAD, IGNORED = 0, -100


def lengths(text):
    """Ids for a picture: the lengths of the words, at most 9."""
    return [min(len(word), 9) for word in text.split()]


def draw(impl, batch_size: Int[1, 12] = 8):
    entries = sorted(instruction_entries()[:60], key=lambda entry: sum(map(len, entry.values())))[: 2 * batch_size : 2]
    prompts = [lengths(f"{entry['instruction']} {entry['input']}") for entry in entries]
    batch = [(len(prompt), prompt + lengths(entry["output"])) for prompt, entry in zip(prompts, entries, strict=True)]
    inputs, targets = impl.custom_collate_fn(batch, PAD, IGNORED)
    names = [f"entry {i + 1}" for i in range(len(batch))]
    shown = [[[None if id == hidden else id for id in row] for row in part.tolist()]
             for part, hidden in ((inputs, PAD), (targets, IGNORED))]  # fmt: skip
    counted = (targets != IGNORED).sum(dim=1).tolist()
    responses = [len(ids) - length + 1 for length, ids in batch]
    right = "as many as the response has, and one for the end" if counted == responses else "not those of the response"
    return [
        HeatMap(shown[0], names, digits=0, title="Inputs: a dot is padding, a number the length of a word",
                caption="The model reads the prompt and the response."),
        HeatMap(shown[1], names, digits=0, title="Targets: a dot is ignored in the loss",
                caption=f"{sum(counted)} of {targets.numel()} targets count: {right}."),
        Bars(names, [100 * count / len(ids) for count, (_, ids) in zip(counted, batch, strict=True)], unit="%",
             title="Share of each entry that is learned",
             caption=f"Without the mask, {1 - sum(counted) / sum(len(ids) for _, ids in batch):.0%} of the loss would "
                     "be about predicting the prompts."),
    ]  # fmt: skip
