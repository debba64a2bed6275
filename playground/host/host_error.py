"""How a request ends early."""


class HostError(Exception):
    """The request failed; the message is a sentence for the user."""


class Cancelled(BaseException):
    """The request was cancelled; `except Exception` in the learner's code does not catch it."""
