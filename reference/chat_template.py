"""Renders the chat template that a model file carries: who said what becomes the one text the model reads.

The template is a Jinja program out of a file that somebody else made. So it runs in Jinja's sandbox, in
which it can neither reach Python's insides nor change what it is given.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


class ChatTemplateError(ValueError):
    """The template cannot be rendered for these messages."""


def render_chat(template: str, messages: Sequence[dict[str, str]], **names: Any) -> str:
    """The text of messages ({"role": …, "content": …}) with the opening of the assistant's answer behind it.

    `names` are further names that templates use, such as bos_token. A template adds its own default system
    message if the first message is not one. Raises ChatTemplateError.
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
