"""Reports generated tokens with their text, probability and speed."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from playground.host.assembly import OwnFunction
from playground.host.own_code import PartError
from playground.host.text_stream import TextStream
from playground.host.tokenizer import Tokenizer
from playground.messages import Sampling, Token

TOP = 10  # most probable tokens shown


class Reporter:
    """Sends a Token for each generated token and the logits that it was chosen from.

    `finish` becomes "end", "length" or "stop" with the last token; later tokens are not reported.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        sampling: Sampling,
        max_tokens: int,
        softmax: OwnFunction | None,
        send: Callable[[Token], None],
    ) -> None:
        self.tokenizer, self.max_tokens, self.softmax, self.send = tokenizer, max_tokens, softmax, send
        self.temperature = 1.0 if sampling.is_greedy else sampling.temperature
        self.text = TextStream(sampling.stop)
        self.finish: str | None = None
        self.index = 0
        self.start_time = 0.0

    def report(self, token: int, logits: Tensor | None) -> None:
        """Reports a token; `logits` (V,) are None if the learner's code did not compute them for this token."""
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
            self.start_time = now
        text = self._text(token)
        self.send(
            Token(
                id=token,
                text=text,
                piece=self.piece(token),
                probability=probability,
                top=top,
                index=self.index,
                tokens_per_second=self.index / (now - self.start_time) if self.index else 0.0,
                finish=self.finish,
            )
        )
        self.index += 1

    def _text(self, token: int) -> str:
        """Returns the text that can be shown after this token; sets `finish` if the token is the last."""
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
        """Returns the distribution over the next token, computed with the learner's softmax if there is one.

        Raises PartError if the learner's softmax returns a wrong type or shape.
        """
        logits = logits / self.temperature
        if self.softmax is None:
            return torch.softmax(logits, dim=-1)
        result = self.softmax(logits, -1)
        if not isinstance(result, Tensor) or result.shape != logits.shape:
            returned = f"shape {tuple(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
            shape = tuple(logits.shape)
            message = f"Your softmax returned {returned}; it should return the shape of its input, {shape}."
            raise PartError(self.softmax.id, message)
        return result.detach()
