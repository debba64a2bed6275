"""Renders the chat template of a model file, which turns a list of messages into one prompt.

The template is a Jinja program from an untrusted file. It runs in Jinja's sandbox, which blocks access to Python's
internals and changes to the arguments.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


class ChatTemplateError(ValueError):
    """The template cannot be rendered for these messages."""


def render_chat(template: str, messages: Sequence[dict[str, str]], **names: Any) -> str:
    """Renders messages ({"role": …, "content": …}), followed by the beginning of the assistant's reply.

    `names` are further variables of the template, such as bos_token. Some templates add a default system message
    if the first message is not a system message. Raises ChatTemplateError.
    """

    def refuse(message: str) -> NoReturn:
        raise ChatTemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refuse
    try:
        compiled = environment.from_string(template)
        return compiled.render(messages=list(messages), add_generation_prompt=True, **names)
    except TemplateError as error:
        raise ChatTemplateError(f"the model's chat template cannot be rendered: {error}") from error
