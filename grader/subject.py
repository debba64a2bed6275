"""Re-exports `CommonProbes` under its former name until the exercises use the new one."""

from exercises.kit import CommonProbes as Subject  # noqa: F401
