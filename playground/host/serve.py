"""Runs a model in a sandboxed process: `serve` is what the job's child calls (`playground/host/job.py`)."""

import traceback

from engine.frames import Channel
from playground.assembly_messages import Assemble, Compare
from playground.host import inspection
from playground.host.answering import generate
from playground.host.assembling import assemble_parts, compare_parts
from playground.host.host import Handler, Host
from playground.host.opening import open_model
from playground.messages import Generate, Open
from playground.xray_messages import Ablate, Attention, Candidates, Describe, Lens, Tokenize

# {type of request: its handler, which returns the events before Done}. A handler calls `host.check` between two steps
# that take long, may `host.send` events itself, and raises HostError with a sentence for the user.
HANDLERS: dict[type, Handler] = {
    Open: open_model,
    Generate: generate,
    Assemble: assemble_parts,
    Compare: compare_parts,
    Tokenize: inspection.tokenize,
    Describe: inspection.describe,
    Candidates: inspection.candidates,
    Attention: inspection.attention,
    Lens: inspection.lens,
    Ablate: inspection.ablate,
}


def serve(channel: Channel) -> None:
    """Handles requests until the channel closes."""
    try:
        Host(channel, HANDLERS).run()
    except BaseException:
        traceback.print_exc()
        raise
