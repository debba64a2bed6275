"""Shows what the learner's parts change in a model."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from playground.assembly_messages import Comparison
from tui import comparison as words
from tui.formatting import clean

LAYERS = 8
NAME = 22


class ComparisonPanel(Static):
    """The texts side by side, the losses, the tokens that differ most, and the layers around the first difference."""

    DEFAULT_CSS = """
    ComparisonPanel { height: auto; }
    """

    def show_message(self, text: str, style: str = "$foreground-muted") -> None:
        """Shows a sentence instead of a comparison."""
        self.update(Content.styled(clean(text), style))

    def show_comparison(self, comparison: Comparison) -> None:
        same = words.is_same(comparison)
        lines = [
            Content.styled(clean(words.headline(comparison)), "bold $text-success" if same else "bold $text-warning"),
            Content(""),
            *_texts(comparison),
            Content(""),
            Content.styled(words.layer_line(comparison), "bold" if comparison.first else ""),
            Content(words.loss_line(comparison)),
            Content(words.kl_line(comparison)),
        ]
        if comparison.first is not None:
            lines += [Content(""), *_layers(comparison, max(6, self.content_size.width - NAME - 10))]
        if comparison.kl_worst:
            lines += [Content(""), Content("The tokens after which the probabilities differ most:")]
            lines += [
                Content.styled(clean(f"  {words.worst_line(token)}"), "$foreground-muted")
                for token in comparison.kl_worst
            ]
        lines += [Content(""), Content.styled(words.speed_line(comparison), "$foreground-muted")]
        lines += [Content.styled(clean(note), "$foreground-muted") for note in comparison.notes]
        self.update(Content("\n").join(lines))


def _texts(comparison: Comparison) -> list[Content]:
    """Returns both texts; the part that differs is highlighted."""
    return [
        _text("reference", comparison.prompt, comparison.reference_text, comparison.same_tokens, "$text-success"),
        Content(""),
        _text("yours", comparison.prompt, comparison.yours_text, comparison.same_tokens, "$text-warning"),
    ]


def _text(owner: str, prompt: str, pieces: Sequence[str], same: int, style: str) -> Content:
    shared, rest = (clean("".join(part).replace("\n", "↵")).rstrip("\n") for part in (pieces[:same], pieces[same:]))
    return Content.assemble(
        (f"{owner}: ", "bold $foreground-muted"), (clean(prompt), "$foreground-muted"), shared, (rest, f"bold {style}")
    )


def _layers(comparison: Comparison, width: int) -> list[Content]:
    return [
        Content.assemble(
            ("▸ " if layer == comparison.first else "  ", "bold $accent"),
            layer.name.ljust(NAME),
            (f"{words.percent(layer.difference)[:7]:>7} ", "$foreground-muted"),
            (words.bar(layer.difference, width), "$accent" if layer == comparison.first else "$primary"),
        )
        for layer in words.shown_layers(comparison, LAYERS)
    ]
