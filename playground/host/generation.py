"""Generates the answer to a prompt, with the reference's loop or the learner's `generate`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.host.cached_model import CachedModel, StreamedModel
from playground.host.learner_parts import LearnerError, LearnerParts, Part
from playground.host.reporter import Reporter
from playground.host.sampling import choose
from playground.host.tokenizer import Tokenizer
from playground.messages import Message, Sampling, Token
from reference.chat_template import render_chat


class Finished(BaseException):
    """Ends the learner's `generate` when the answer is complete; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Prompt:
    """Token ids that leave room for `max_tokens` more in the context; `notes` describe what was changed for that."""

    ids: list[int]
    max_tokens: int
    notes: list[str]


def prepare_prompt(
    tokenizer: Tokenizer, context_length: int, messages: list[Message], sampling: Sampling, chat: bool
) -> Prompt:
    """Encodes the messages with the model's chat template or, unless `chat`, the last message's text.

    A prompt that is too long loses its beginning. Raises ChatTemplateError.
    """
    notes = []
    if chat and tokenizer.chat_template is None:
        notes.append("This model has no chat template, so it continues your text.")
        chat = False
    if chat:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        names = {"bos_token": tokenizer.bos_id, "eos_token": tokenizer.eos_id}
        tokens = {name: "" if i is None else tokenizer.decode([i]) for name, i in names.items()}
        ids = tokenizer.encode(render_chat(tokenizer.chat_template or "", turns, **tokens))
    else:
        ids = tokenizer.encode(messages[-1].content if messages else "")
        if tokenizer.adds_bos or not ids:
            ids.insert(0, tokenizer.start_id)
    limit = max(context_length - sampling.max_tokens, context_length // 2)
    if len(ids) > limit:
        notes.append(f"The prompt has {len(ids):,} tokens; the model reads only the last {limit:,}.")
        ids = ids[-limit:]
    max_tokens = min(sampling.max_tokens, context_length - len(ids))
    if max_tokens < sampling.max_tokens:
        notes.append(f"The answer can have at most {max_tokens:,} tokens: the context length is {context_length:,}.")
    return Prompt(ids, max_tokens, notes)


def generate_answer(
    cached: CachedModel,
    tokenizer: Tokenizer,
    prompt: Prompt,
    sampling: Sampling,
    parts: LearnerParts,
    check: Callable[[], None],
    send: Callable[[Token], None],
) -> None:
    """Sends the answer's tokens. `check` is called before every step of the model; if it raises, the answer ends.

    Raises LearnerError if the learner's code fails.
    """
    reporter = Reporter(tokenizer, sampling, prompt.max_tokens, parts.softmax, send)
    with torch.inference_mode():
        if parts.generate is None:
            _run_reference_loop(cached, prompt, sampling, check, reporter)
        else:
            _run_learners_loop(parts.generate, tokenizer.eos_id, cached, prompt, sampling, check, reporter)


def _run_reference_loop(
    cached: CachedModel, prompt: Prompt, sampling: Sampling, check: Callable[[], None], reporter: Reporter
) -> None:
    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    ids = list(prompt.ids)
    while reporter.finish is None:
        logits = cached.logits(ids, check)
        token = choose(logits, sampling, generator)
        reporter.report(token, logits)
        ids.append(token)


def _run_learners_loop(
    generate: Part,
    eos_id: int | None,
    cached: CachedModel,
    prompt: Prompt,
    sampling: Sampling,
    check: Callable[[], None],
    reporter: Reporter,
) -> None:
    """Runs the learner's `generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id)`.

    Each token is reported when `generate` calls the model with it, and the last when `generate` returns.
    """
    ids = list(prompt.ids)  # the prompt and the reported tokens
    logits: Tensor | None = None

    def on_ids(row: list[int]) -> None:
        if len(row) == len(ids) + 1 and row[:-1] == ids:
            report(row[-1])

    def on_logits(new_logits: Tensor) -> None:
        nonlocal logits
        logits = new_logits

    def report(token: int) -> None:
        nonlocal logits
        reporter.report(token, logits)
        ids.append(token)
        logits = None
        if reporter.finish is not None:
            raise Finished

    if sampling.seed is None:
        torch.seed()
    else:
        torch.manual_seed(sampling.seed)
    try:
        result = generate(
            StreamedModel(cached, on_ids, on_logits, check),
            torch.tensor([prompt.ids]),
            prompt.max_tokens,
            cached.model.cfg.context_length,
            temperature=0.0 if sampling.is_greedy else sampling.temperature,
            top_k=None if sampling.is_greedy else sampling.top_k,
            eos_id=eos_id,
        )
        for token in _new_tokens(result, ids):
            report(token)
        if eos_id is not None:
            report(eos_id)  # the answer is shorter than max_new_tokens, so `generate` chose this token and omitted it
    except Finished:
        pass


def _new_tokens(result: object, ids: list[int]) -> list[int]:
    """Returns the tokens after the known ids in the result of `generate`. Raises LearnerError for a wrong result."""
    if not isinstance(result, Tensor) or result.dim() != 2 or result.shape[0] != 1:
        returned = f"shape {tuple(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
        raise LearnerError(f"Your generate returned {returned}; it should return token ids of shape (1, T).")
    row = result[0].tolist()
    if row[: len(ids)] != ids:
        raise LearnerError("Your generate returned different ids; they should begin with those of the prompt (idx).")
    return row[len(ids) :]
