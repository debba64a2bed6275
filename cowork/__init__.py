"""Co-work: the hub, its store, its rooms and the client."""
