"""Words what a learner's parts change in a model, for the command line and the app."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.assembly_messages import Comparison, LayerDifference, TokenDifference
from playground.parts_catalogue import BY_ID
from tui.formatting import plural

CHANGES_NOTHING = 1e-3  # nats: a difference of losses that is shown as none


def part_names(ids: Sequence[str]) -> str:
    """Returns "attention", or "attention and GELU"."""
    names = [BY_ID[id].name if id in BY_ID else id for id in ids]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def is_same(comparison: Comparison) -> bool:
    """Whether the learner's parts compute what the reference's compute."""
    same_text = comparison.same_tokens == max(len(comparison.reference_text), len(comparison.yours_text))
    same_loss = abs(comparison.yours_loss - comparison.reference_loss) < CHANGES_NOTHING
    return same_text and same_loss and comparison.first is None and comparison.kl_mean < CHANGES_NOTHING


def headline(comparison: Comparison) -> str:
    """Returns what happens to the text."""
    yours = [use.id for use in comparison.parts if use.owner == "yours" and use.used]
    if not yours:
        return "All parts are the reference's."
    count = max(len(comparison.reference_text), len(comparison.yours_text))
    name = f"your {part_names(yours)}"
    if comparison.same_tokens == count:
        text = f"With {name} the text is the reference's, token for token ({plural(count, 'token')})."
        return text if is_same(comparison) else f"{text} The numbers differ."
    if comparison.same_tokens == 0:
        return f"With {name} the text differs from the first token on."
    return f"With {name} the text is the reference's for {plural(comparison.same_tokens, 'token')}, and then differs."


def layer_line(comparison: Comparison) -> str:
    """Returns where the models part, and by how much."""
    if comparison.first is None:
        return f"No layer's output differs by more than {percent(comparison.tolerance)}."
    return f"The models part in {comparison.first.name}: its output differs by {percent(comparison.first.difference)}."


def loss_line(comparison: Comparison) -> str:
    difference = comparison.yours_loss - comparison.reference_loss
    shown = "the same" if abs(difference) < CHANGES_NOTHING else f"{signed(difference)} nats a token"
    losses = f"reference {comparison.reference_loss:.3f}, yours {comparison.yours_loss:.3f}"
    return f"Loss on {comparison.text_name} ({plural(comparison.text_tokens, 'token')}): {losses} ({shown})."


def kl_line(comparison: Comparison) -> str:
    if not comparison.kl_worst:
        return "KL divergence: 0 at every token."
    worst = comparison.kl_worst[0].kl
    return f"KL divergence of the next token: {number(comparison.kl_mean)} nats on average, {number(worst)} at most."


def worst_line(token: TokenDifference) -> str:
    """Returns a position with a large divergence: the token there, and what each model expects next."""
    quoted = (visible(text) for text in (token.before, token.reference_best, token.yours_best))
    before, reference, yours = quoted
    return f"{number(token.kl)} after {before}: the reference expects {reference}, yours {yours}"


def speed_line(comparison: Comparison) -> str:
    return f"Seconds for the text: reference {comparison.reference_seconds:.2f}, yours {comparison.yours_seconds:.2f}."


def shown_layers(comparison: Comparison, limit: int) -> list[LayerDifference]:
    """Returns up to `limit` layers: those around the first that differs, and the last."""
    layers = comparison.layers
    if len(layers) <= limit or comparison.first is None:
        return layers[:limit]
    at = layers.index(comparison.first)
    start = max(0, min(at - 2, len(layers) - limit))
    return [*layers[start : start + limit - 1], layers[-1]]


def bar(difference: float, width: int) -> str:
    """Returns a bar that is full at 100 %; a difference below 0.01 % has none."""
    return "█" * math.ceil(width * min(difference, 1.0)) if difference > 1e-4 else ""


def percent(difference: float) -> str:
    """Returns a relative difference, such as "38 %" or "0.01 %"."""
    if math.isinf(difference):
        return "more than it can be measured"
    if difference >= 0.1:
        return f"{100 * difference:.0f} %"
    return f"{100 * difference:.2g} %" if difference >= 1e-6 else "0 %"


def number(value: float) -> str:
    return "0" if value < 1e-6 else f"{value:.3g}"


def signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{abs(value):.3f}"


def visible(text: str) -> str:
    """Returns a token in quotation marks, with its line breaks visible."""
    return "“" + text.replace("\n", "↵") + "”"
