"""Answers a prompt: the loop that chooses token after token, the reference's or the learner's own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.cached_model import CachedModel, StreamedModel
from playground.learner_parts import LearnerError, Mine, Part
from playground.messages import Message, Sampling, Token
from playground.reporter import Reporter
from playground.sampling import choose
from reference.chat_template import render_chat
from reference.gguf_tokenizer import GGUFTokenizer


class Finished(BaseException):
    """Leaves the learner's `generate` when the answer is complete; `except Exception` does not stop it."""


@dataclass(frozen=True)
class Prompt:
    """Token ids that leave room for max_tokens more in the context, and what had to be changed for that."""

    ids: list[int]
    max_tokens: int
    notes: list[str]


def prepare(
    tokenizer: GGUFTokenizer, context_length: int, messages: list[Message], sampling: Sampling, chat: bool
) -> Prompt:
    """The prompt's tokens: by the model's chat template, or the last message's bare text.

    A prompt that is too long loses its beginning. Raises ChatTemplateError.
    """
    notes = []
    if chat and tokenizer.chat_template is None:
        notes.append("This model has no chat template: it goes on after your text.")
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
    longest = max(context_length - sampling.max_tokens, context_length // 2)
    if len(ids) > longest:
        notes.append(f"The prompt has {len(ids):,} tokens; the model sees the last {longest:,}.")
        ids = ids[-longest:]
    max_tokens = min(sampling.max_tokens, context_length - len(ids))
    if max_tokens < sampling.max_tokens:
        notes.append(f"The context of {context_length:,} tokens has room for an answer of {max_tokens:,}.")
    return Prompt(ids, max_tokens, notes)


def answer(
    cached: CachedModel,
    tokenizer: GGUFTokenizer,
    prompt: Prompt,
    sampling: Sampling,
    mine: Mine,
    check: Callable[[], None],
    send: Callable[[Token], None],
) -> None:
    """Sends the answer's tokens. What `check` raises, before every step of the model, ends it.

    Raises LearnerError if the learner's code fails.
    """
    reporter = Reporter(tokenizer, sampling, prompt.max_tokens, mine.softmax, send)
    with torch.inference_mode():
        if mine.generate is None:
            _reference_loop(cached, prompt, sampling, check, reporter)
        else:
            end = tokenizer.eos_id
            _learners_loop(mine.generate, end, cached, prompt, sampling, check, reporter)


def _reference_loop(
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


def _learners_loop(
    generate: Part,
    end: int | None,
    cached: CachedModel,
    prompt: Prompt,
    sampling: Sampling,
    check: Callable[[], None],
    reporter: Reporter,
) -> None:
    """Runs `generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id)` of the learner.

    A token is known to be chosen when the model is called with it, and the last when `generate` returns.
    """
    ids = list(prompt.ids)  # the prompt and the tokens reported so far
    logits: Tensor | None = None

    def seen(row: list[int]) -> None:
        if len(row) == len(ids) + 1 and row[:-1] == ids:
            chosen(row[-1])

    def given(new: Tensor) -> None:
        nonlocal logits
        logits = new

    def chosen(token: int) -> None:
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
            StreamedModel(cached, seen, given, check),
            torch.tensor([prompt.ids]),
            prompt.max_tokens,
            cached.model.cfg.context_length,
            temperature=0.0 if sampling.is_greedy else sampling.temperature,
            top_k=None if sampling.is_greedy else sampling.top_k,
            eos_id=end,
        )
        for token in _returned(result, ids):
            chosen(token)
        if end is not None:
            chosen(end)  # it stopped short, so it met the end and left it out
    except Finished:
        pass


def _returned(result: object, ids: list[int]) -> list[int]:
    """The tokens that `generate` returned behind those already known; LearnerError for anything else."""
    if not isinstance(result, Tensor) or result.dim() != 2 or result.shape[0] != 1:
        what = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
        raise LearnerError(f"Your generate returned {what}; token ids of shape (1, T) were expected.")
    row = result[0].tolist()
    if row[: len(ids)] != ids:
        raise LearnerError("Your generate returned token ids that do not begin with the prompt's.")
    return row[len(ids) :]
