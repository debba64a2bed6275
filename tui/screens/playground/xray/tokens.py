"""The page of the tokens: the text under each tokenizer, and the bytes of the token at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from playground.branches import text_of, without_start
from playground.session import SessionError
from playground.xray_messages import Tokenize, Tokens, TokenView
from tui.formatting import clean, plural, visible_token
from tui.screens.playground.xray.page import Answer, Page
from tui.screens.playground.xray.state import XrayState
from tui.widgets.token_text import STEP_BINDINGS, StepKeys, Stepped, TokenText
from tui.widgets.updates import set_text


@dataclass(frozen=True)
class TokenizerEntry:
    """A tokenizer as the model's process knows it, and its title."""

    name: str
    title: str


TOKENIZERS = (
    TokenizerEntry("model", "this model's"),
    TokenizerEntry("pocket", "pocket's BPE"),
    TokenizerEntry("gpt2", "GPT-2's"),
    TokenizerEntry("smollm2", "SmolLM2's"),
)


BYTES_A_LINE = 6


class TokenizerList(StepKeys, OptionList):
    """The tokenizers with the number of tokens that each needs."""

    DEFAULT_CSS = """
    TokenizerList, TokenizerList:focus {
        height: auto; border: none; padding: 0; background: $background; background-tint: $foreground 0%;
    }
    TokenizerList > .option-list--option { padding: 0; }
    """
    BINDINGS = STEP_BINDINGS


class TokensPage(Page):
    """The open branch's text, cut into tokens by the chosen tokenizer."""

    NAME = "tokens"
    SHOWS_TEXT = False

    def __init__(self, state: XrayState) -> None:
        super().__init__(state)
        self.text = TokenText(id="all-tokens")
        self.list = TokenizerList(*(Option(entry.title) for entry in TOKENIZERS), id="tokenizers")
        self.detail = Static(id="token-detail", markup=False)
        self.tokens: dict[str, list[TokenView]] = {}
        self.problems: dict[str, str] = {}
        self.cursor = 0

    def compose(self) -> ComposeResult:
        heading = Static("Tokenizers", classes="heading")
        yield Horizontal(
            Vertical(self.problem, self.text, id="tokens-left"),
            Vertical(heading, self.list, self.detail, id="tokens-right"),
        )

    @property
    def main(self) -> Widget:
        return self.list

    @property
    def tokenizer(self) -> str:
        """The name of the chosen tokenizer."""
        return TOKENIZERS[self.list.highlighted or 0].name

    def show(self) -> None:
        if self.list.highlighted is None:
            self.list.highlighted = 0
        tokens = self.state.tree.tokens
        self.tokens = {"model": tokens}
        self.cursor = self.state.tree.cursor
        self._draw_tokens()
        text = text_of(without_start(tokens))
        self.ask(*(Tokenize(text=text, tokenizer=entry.name) for entry in TOKENIZERS[1:]))

    def answered(self, answers: list[Answer]) -> None:
        self.problems.clear()
        for entry, answer in zip(TOKENIZERS[1:], answers, strict=True):
            if isinstance(answer, SessionError):
                self.problems[entry.name] = str(answer)
                continue
            for event in answer:
                if isinstance(event, Tokens):
                    self.tokens[entry.name] = event.tokens
        self.say("")
        self._draw_tokens()

    def reset(self) -> None:
        self.tokens, self.problems = {}, {}
        self._draw_tokens()

    def _draw_tokens(self) -> None:
        for index, entry in enumerate(TOKENIZERS):
            tokens = self.tokens.get(entry.name)
            count = plural(len(tokens), "token") if tokens else "not available" if entry.name in self.problems else "…"
            row = Content.assemble(f" {entry.title:<14}", (count, "$foreground-muted"))
            self.list.replace_option_prompt_at_index(index, row)
        tokens = self.tokens.get(self.tokenizer, [])
        self.cursor = min(max(self.cursor, 0), max(len(tokens) - 1, 0))
        self.text.show([token.text for token in tokens], self.cursor)
        if tokens:
            set_text(self.detail, _describe(tokens, self.cursor))
        else:
            set_text(self.detail, Content(clean(self.problems.get(self.tokenizer, ""))))

    @on(OptionList.OptionHighlighted)
    def _on_tokenizer(self, event: OptionList.OptionHighlighted) -> None:
        """Keeps the place in the text: the cursor goes to the token that has the same byte."""
        event.stop()
        self._draw_tokens()

    @on(Stepped)
    def _on_step(self, event: Stepped) -> None:
        event.stop()
        self._move(self.cursor + event.step)

    @on(TokenText.Chosen)
    def _on_token(self, event: TokenText.Chosen) -> None:
        event.stop()
        self._move(event.index)

    def _move(self, cursor: int) -> None:
        self.cursor = cursor
        self._draw_tokens()
        if self.tokenizer == "model":
            self.state.tree.move(self.cursor)


def _describe(tokens: list[TokenView], index: int) -> Content:
    """Returns the token's place, id, text and bytes, and how much of the text a token holds on average."""
    token, own = tokens[index], without_start(tokens)
    average = sum(len(token.data) for token in own) / max(len(own), 1)
    shown = [f"{byte:02x}" for byte in token.data[:24]] + (["…"] if len(token.data) > 24 else [])
    data = f"\n{' ' * 10}".join(" ".join(shown[at : at + BYTES_A_LINE]) for at in range(0, len(shown), BYTES_A_LINE))
    rows = (
        ("token", f"{index + 1} of {len(tokens)}"),
        ("id", f"{token.id:,}"),
        ("text", visible_token(token.text)),
        ("bytes", data),
        ("length", plural(len(token.data), "byte")),
        ("average", f"{average:.1f} bytes a token"),
    )
    lines = [Content.assemble((f" {name:<9}", "$foreground-muted"), value) for name, value in rows]
    return Content("\n").join([Content(""), *lines])
