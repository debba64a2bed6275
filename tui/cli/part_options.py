"""The options that choose whose parts a model has."""

from __future__ import annotations

from collections.abc import Sequence

import click

from playground.own_parts import OwnParts, applicable
from playground.parts_catalogue import MINE, architecture_of


def choose_parts(own: OwnParts, model: str, chosen: Sequence[str], rest: str) -> dict[str, str]:
    """Returns the exercise of each part that is the learner's, from options PART=OWNER and the owner of the rest.

    Raises UsageError for a part that the model does not have, or that the learner has not written.
    """
    architecture = architecture_of(model)
    choices = own.passed(architecture) if rest == MINE else {}
    for option in chosen:
        name, _, owner = option.partition("=")
        try:
            part, exercise = own.choose(architecture, name, owner or MINE)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        choices[part] = exercise
    return applicable(architecture, choices)
