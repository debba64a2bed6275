"""Your prompt for three entries of the course's instructions, and what the model should answer."""

from collections import Counter

from exercises.drawings import Bars, Note
from exercises.kit import Int
from exercises.texts import instruction_entries


def draw(impl, first: Int[1, 1000] = 1):
    entries = instruction_entries()
    with_input = next(entry for entry in entries[first - 1 :] if entry["input"])
    without = next(entry for entry in entries[first - 1 :] if not entry["input"])
    prompts = [impl.format_input(entry) for entry in entries]
    openings = Counter(min(len(prompt) // 50 * 50, 400) for prompt in prompts)
    sizes = sorted(openings)
    shared = len(set.intersection(*(set(prompt.splitlines()) for prompt in prompts)) - {""})

    def whole(entry):
        return f"{impl.format_input(entry)}\n\n### Response:\n{entry['output']}"

    return [
        Note(whole(with_input), title="An entry with an input",
             caption="The lines before the response are your prompt; the response follows in training."),
        Note(whole(without), title="An entry without an input",
             caption=f"Your prompt has {'an' if '### Input' in impl.format_input(without) else 'no'} input section."),
        Bars([f"{size} to {size + 49}" for size in sizes], [openings[size] for size in sizes],
             title=f"Characters in the {len(prompts):,} prompts",
             caption=f"{shared} lines are the same in all of them, so a model soon knows them by heart."),
    ]  # fmt: skip
