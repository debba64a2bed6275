"""Reports chosen tokens: what they add to the text, how probable they were, how fast they come."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from playground.learner_parts import LearnerError, Part
from playground.messages import Sampling, Token
from playground.text_stream import TextStream
from reference.gguf_tokenizer import GGUFTokenizer

TOP = 10


class Reporter:
    """Turns each chosen token and the logits it was chosen from into a Token for `send`.

    `finish` becomes "end", "length" or "stop" with the last token; tokens after it are not reported.
    """

    def __init__(
        self,
        tokenizer: GGUFTokenizer,
        sampling: Sampling,
        max_tokens: int,
        softmax: Part | None,
        send: Callable[[Token], None],
    ) -> None:
        self.tokenizer, self.max_tokens, self.softmax, self.send = tokenizer, max_tokens, softmax, send
        self.temperature = 1.0 if sampling.is_greedy else sampling.temperature
        self.text = TextStream(sampling.stop)
        self.finish: str | None = None
        self.index = 0
        self.began = 0.0

    def report(self, token: int, logits: Tensor | None) -> None:
        """logits (V,) are None where the learner's code did not show what it chose the token from."""
        if self.finish is not None:
            return
        probability, top = 0.0, []
        if logits is not None:
            probabilities = self.probabilities(logits)
            probability = float(probabilities[token])
            values, ids = probabilities.topk(min(TOP, len(probabilities)))
            top = [(self.piece(i), value) for i, value in zip(ids.tolist(), values.tolist(), strict=True)]
        now = time.perf_counter()
        if self.index == 0:
            self.began = now
        text = self._text(token)
        self.send(
            Token(
                id=token,
                text=text,
                piece=self.piece(token),
                probability=probability,
                top=top,
                index=self.index,
                tokens_per_second=self.index / (now - self.began) if self.index else 0.0,
                finish=self.finish,
            )
        )
        self.index += 1

    def _text(self, token: int) -> str:
        """The text that the token lets go; sets finish if it is the last."""
        if token in self.tokenizer.end_ids:
            self.finish = "end"
            return self.text.flush()
        text = self.text.feed(self.tokenizer.token_bytes[token])
        if not self.text.stopped and self.index + 1 == self.max_tokens:
            self.finish = "length"
            text += self.text.flush()
        if self.text.stopped:
            self.finish = "stop"
        return text

    def piece(self, token: int) -> str:
        return self.tokenizer.decode([token])

    def probabilities(self, logits: Tensor) -> Tensor:
        """The distribution over the next token at the chosen temperature, by the learner's softmax if any.

        Raises LearnerError if theirs gives something else than one number for each logit.
        """
        logits = logits / self.temperature
        if self.softmax is None:
            return torch.softmax(logits, dim=-1)
        found = self.softmax(logits, -1)
        if not isinstance(found, Tensor) or found.shape != logits.shape:
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise LearnerError(f"Your softmax gave {shape} for logits of shape {tuple(logits.shape)}.")
        return found.detach()
