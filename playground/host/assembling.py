"""Handles the requests to change the parts of the open model, and to compare them with the reference's."""

from __future__ import annotations

from collections.abc import Iterator

from playground.assembly_messages import Assemble, Assembled, Compare, Comparison
from playground.host.comparison import compare
from playground.host.host import Host


def assemble_parts(host: Host, request: Assemble) -> Iterator[Assembled]:
    """Puts the open model together with other parts."""
    assembly = host.loaded.change_parts(request.choices, request.files)
    yield Assembled(request.request, assembly.uses, assembly.notes, assembly.faults)


def compare_parts(host: Host, request: Compare) -> Iterator[Assembled | Comparison]:
    """Puts the open model together with the parts, and compares it. Raises PartError."""
    yield from assemble_parts(host, Assemble(request.choices, request.files, request=request.request))
    loaded = host.loaded
    yield compare(loaded.reference, loaded.assembly, request.request, request.prompt, request.max_tokens, host.check)
