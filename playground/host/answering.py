"""Handles the request to generate an answer."""

from collections.abc import Iterator

from playground.host.generation import generate_answer, prepare_prompt
from playground.host.host import Host
from playground.host.host_error import HostError
from playground.messages import Answer, Generate, Started, Token
from reference.chat_template import ChatTemplateError


def generate(host: Host, request: Generate) -> Iterator[Started]:
    """Sends Started and an Answer for each token. Raises HostError."""
    loaded = host.loaded
    sampling, length = request.sampling, loaded.cached.model.cfg.context_length
    try:
        prompt = prepare_prompt(loaded.tokenizer, length, request.messages, sampling, request.chat)
    except ChatTemplateError as error:
        raise HostError(str(error)) from error
    notes = list(prompt.notes)
    if loaded.parts.generate and sampling.top_p is not None:
        notes.append("Your generate has no parameter top_p, so top_p is ignored.")
    yield Started(request.request, len(prompt.ids), notes)

    def send(token: Token) -> None:
        host.send(Answer(request.request, token))

    generate_answer(loaded.cached, loaded.tokenizer, prompt, sampling, loaded.parts, host.check, send)
