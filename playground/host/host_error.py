"""How a request ends early."""


class HostError(Exception):
    """The request failed; the message is a sentence for the user. `part` is the learner's part that failed, if any."""

    part = ""


class Cancelled(BaseException):
    """The request was cancelled; `except Exception` in the learner's code does not catch it."""


def memory_error(error: BaseException | None) -> bool:
    """Returns whether an error, or what caused it, says that memory could not be allocated; torch raises RuntimeError
    for that."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in str(error)):
            return True
        error = error.__cause__
    return False
