"""The errors that a check raises. They are apart from grader.check, which the app imports after its first paint."""


class GraderError(RuntimeError):
    """The grader itself failed; this says nothing about the solution."""


class SandboxRefused(GraderError):
    """This machine cannot provide the requested sandbox, so nothing was run. The message says why."""
