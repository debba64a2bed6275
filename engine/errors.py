"""The engine's error, apart from the client, which the app imports only after its first paint."""


class EngineError(RuntimeError):
    """The server could not be started, or it died; the message says what to do."""
