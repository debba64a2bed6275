"""Generates the answer to a prompt, with the reference's loop or the learner's `generate`."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.host.assembly import Assembly, OwnFunction
from playground.host.own_code import PartError
from playground.host.reporter import Reporter
from playground.host.sampling import choose
from playground.host.streamed_model import StreamedModel
from playground.host.tokenizer import Tokenizer
from playground.messages import Message, Sampling, Token
from reference.chat_template import render_chat

SAMPLING_LOOP = "sample-generate"  # the exercise whose loop takes temperature, top_k and eos_id


class Finished(BaseException):
    """Ends the learner's `generate` when the answer is complete; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Prompt:
    """Token ids that leave room for `max_tokens` more in the context; `notes` describe what was changed for that."""

    ids: list[int]
    max_tokens: int
    notes: list[str]
    dropped: int = 0  # the oldest messages after the system message that are left out


def prepare_prompt(
    tokenizer: Tokenizer, context_length: int, messages: list[Message], sampling: Sampling, chat: bool
) -> Prompt:
    """Encodes the messages with the model's chat template or, without one or unless `chat`, the last message's text.

    A chat that is too long loses its oldest turns, and a prompt that is too long its beginning. Raises
    ChatTemplateError.
    """
    notes = []
    limit = max(context_length - sampling.max_tokens, context_length // 2)
    dropped = 0
    if chat and tokenizer.chat_template is not None:
        system = messages[:1] if messages and messages[0].role == "system" else []
        turns = messages[len(system) :]

        def encode_from(pairs: int) -> list[int]:
            return _encode_chat(tokenizer, [*system, *turns[2 * pairs :]])

        # the fewest pairs of a prompt and its answer to leave out; the last prompt stays in any case
        most = max(0, (len(turns) - 1) // 2)
        pairs = bisect_left(range(most), True, key=lambda count: len(encode_from(count)) <= limit)
        dropped, ids = 2 * pairs, encode_from(pairs)
        if dropped:
            which = "oldest turn" if dropped == 2 else f"{dropped // 2} oldest turns"
            notes.append(f"The context of {context_length:,} tokens is full, so the model no longer reads the {which}.")
    else:
        ids = tokenizer.encode(messages[-1].content if messages else "")
        if tokenizer.adds_bos or not ids:
            ids.insert(0, tokenizer.start_id)
    if len(ids) > limit:
        notes.append(f"The prompt has {len(ids):,} tokens; the model reads only the last {limit:,}.")
        ids = ids[-limit:]
    max_tokens = min(sampling.max_tokens, context_length - len(ids))
    if max_tokens < sampling.max_tokens:
        notes.append(f"The answer can have at most {max_tokens:,} tokens: the context length is {context_length:,}.")
    return Prompt(ids, max_tokens, notes, dropped)


def _encode_chat(tokenizer: Tokenizer, messages: list[Message]) -> list[int]:
    turns = [{"role": message.role, "content": message.content} for message in messages]
    names = {"bos_token": tokenizer.bos_id, "eos_token": tokenizer.eos_id}
    tokens = {name: "" if i is None else tokenizer.decode([i]) for name, i in names.items()}
    return tokenizer.encode(render_chat(tokenizer.chat_template or "", turns, **tokens))


def generate_answer(
    assembly: Assembly,
    prompt: Prompt,
    sampling: Sampling,
    check: Callable[[], None],
    send: Callable[[Token], None],
) -> None:
    """Sends the answer's tokens. `check` is called before every step of the model; if it raises, the answer ends.

    Raises PartError if the learner's code fails.
    """
    reporter = Reporter(assembly.tokenizer, sampling, prompt.max_tokens, assembly.softmax, send)
    with torch.inference_mode():
        if assembly.sampler is None:
            _run_reference_loop(assembly, prompt, sampling, check, reporter)
        else:
            _run_learners_loop(assembly, assembly.sampler, prompt, sampling, check, reporter)


def _run_reference_loop(
    assembly: Assembly, prompt: Prompt, sampling: Sampling, check: Callable[[], None], reporter: Reporter
) -> None:
    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    ids = list(prompt.ids)
    while reporter.finish is None:
        logits = assembly.runner.logits(ids, check)
        token = choose(logits, sampling, generator, assembly.filter)
        reporter.report(token, logits)
        ids.append(token)


def _run_learners_loop(
    assembly: Assembly,
    loop: OwnFunction,
    prompt: Prompt,
    sampling: Sampling,
    check: Callable[[], None],
    reporter: Reporter,
) -> None:
    """Runs the learner's loop: `generate`, `generate_text_simple` or `generate_text_simple_cached`.

    Each token is reported when the loop calls the model with it, and the last when the loop returns.
    """
    ids = list(prompt.ids)  # the prompt and the reported tokens
    logits: Tensor | None = None
    eos_id = assembly.tokenizer.eos_id

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
    samples = loop.exercise == SAMPLING_LOOP
    options = {
        "temperature": 0.0 if sampling.is_greedy else sampling.temperature,
        "top_k": None if sampling.is_greedy else sampling.top_k,
        "eos_id": eos_id,
    }
    try:
        result = loop(
            StreamedModel(assembly.runner, on_ids, on_logits, check),
            torch.tensor([prompt.ids]),
            prompt.max_tokens,
            assembly.runner.model.cfg.context_length,
            **(options if samples else {}),
        )
        for token in _new_tokens(result, ids, loop):
            report(token)
        if eos_id is not None and samples:
            report(eos_id)  # the answer is shorter than max_new_tokens, so `generate` chose this token and omitted it
    except Finished:
        pass


def sampler_notes(loop: OwnFunction | None, sampling: Sampling) -> list[str]:
    """Returns what the learner's loop ignores of the settings."""
    if loop is None or sampling.is_greedy:
        return []
    name = getattr(loop.function, "__name__", "loop")
    if loop.exercise != SAMPLING_LOOP:
        return [f"Your {name} always takes the most probable token, so the settings for sampling are ignored."]
    ignored = [limit for limit in ("top_p", "min_p") if getattr(sampling, limit) is not None]
    return [f"Your {name} has no parameter {limit}, so {limit} is ignored." for limit in ignored]


def _new_tokens(result: object, ids: list[int], loop: OwnFunction) -> list[int]:
    """Returns the tokens after the known ids in the result of a loop. Raises PartError for a wrong result."""
    name = getattr(loop.function, "__name__", "loop")
    if not isinstance(result, Tensor) or result.dim() != 2 or result.shape[0] != 1:
        returned = f"shape {tuple(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
        raise PartError(loop.id, f"Your {name} returned {returned}; it should return token ids of shape (1, T).")
    row: list[int] = result[0].tolist()
    if row[: len(ids)] != ids:
        message = f"Your {name} returned different ids; they should begin with those of the prompt (idx)."
        raise PartError(loop.id, message)
    return row[len(ids) :]
