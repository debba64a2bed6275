"""The features of a room, one file each: commands, the facts that they cause, and the state that the facts build.

A *command* is what a member asks for. Its `decide` reads the room and returns the *facts* that follow, or raises
Refusal. A stored fact is an *event* with a number, and `apply` changes the room by it. The hub and all clients apply
the same events in the same order, so they all hold the same room. Nothing here knows about networks, databases or
torch.

Each file declares its feature in a `FEATURE`, which stands in the list in `registry.py`. Everything else (the types
that are decoded from JSON, the state of a new room, the table of rights, the verbs of `fromscratch cowork`, the pages
of the Co-work mode) is derived from that list.
"""
