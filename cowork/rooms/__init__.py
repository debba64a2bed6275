"""What happens in a room, feature by feature: a file has its commands, the facts they lead to, and what is remembered.

A *command* is what somebody asks for; `decide` looks at the room as it is and returns the *facts* that follow, or
raises Refusal. A fact, once stored, is an *event* with a number; `apply` changes the room by it. Hub and clients
apply the same events in the same order, so all see the same room. Nothing here knows of networks, stores or torch.
"""
