"""Learning together: the hub, its store, and the client."""
