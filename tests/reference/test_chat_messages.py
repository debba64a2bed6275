"""The template that is written by hand gives what the Jinja program of SmolLM2's files gives."""

import pytest

from reference.chat_messages import DEFAULT_SYSTEM, render
from reference.chat_template import render_chat
from tests.support.tiny_llama import TEMPLATE

SMOLLM2 = TEMPLATE.replace("Be kind", DEFAULT_SYSTEM)  # the rest is the same


@pytest.mark.parametrize("roles", [["user"], ["user", "assistant"], ["system", "user", "assistant", "user"]])
def test_same_text(roles: list[str]) -> None:
    messages = [{"role": role, "content": f"Text {number}\n of {role} "} for number, role in enumerate(roles)]
    assert render(messages) + "<|im_start|>assistant\n" == render_chat(SMOLLM2, messages)
