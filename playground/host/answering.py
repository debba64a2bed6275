"""Handles the request to generate an answer."""

from collections.abc import Iterator

from playground.host.generation import generate_answer, prepare_prompt, sampler_notes
from playground.host.host import Host
from playground.host.host_error import HostError
from playground.messages import Answer, Generate, Started, Token
from reference.chat_template import ChatTemplateError


def generate(host: Host, request: Generate) -> Iterator[Started]:
    """Sends Started and an Answer for each token. Raises HostError."""
    assembly = host.loaded.assembly
    sampling, length = request.sampling, assembly.runner.model.cfg.context_length
    try:
        prompt = prepare_prompt(assembly.tokenizer, length, request.messages, sampling, request.chat)
    except ChatTemplateError as error:
        raise HostError(str(error)) from error
    notes = [*prompt.notes, *sampler_notes(assembly.sampler, sampling)]
    yield Started(request.request, len(prompt.ids), notes, prompt.dropped)

    def send(token: Token) -> None:
        host.send(Answer(request.request, token))

    generate_answer(assembly, prompt, sampling, host.check, send)
