"""Errors on the learner's side. Each message says what is wrong and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class LearnerError(Exception):
    """Something is wrong with the learner's files. The message is shown to the learner and says what to do."""


class WorkspaceError(LearnerError):
    """The workspace cannot be read or written."""


class ProgressError(LearnerError):
    """Progress cannot be read or stored."""


class ProjectError(LearnerError):
    """A project's folder or file cannot be created, read or written."""


class SettingsError(LearnerError):
    """Settings cannot be stored."""


CHOOSE_WORKSPACE = "Choose a different folder with --workspace DIR or FROMSCRATCH_WORKSPACE."


def explain(error: OSError, path: Path) -> str:
    """Returns a sentence that says why a file operation on `path` failed, and what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full: {path} could not be written. Free some space and try again."
        case errno.EROFS:
            return f"{path} is on a read-only disk. {CHOOSE_WORKSPACE}"
        case errno.EACCES | errno.EPERM:
            return f"You do not have permission to access {path}. Change its permissions. {CHOOSE_WORKSPACE}"
        case errno.ENOTDIR | errno.EEXIST:
            return f"A file is where a folder must be: {blocking_path(path)}. Move it away. {CHOOSE_WORKSPACE}"
        case errno.EFBIG:
            return f"{path} would be larger than this system allows. Raise the limit on file sizes."
        case errno.EISDIR:
            return f"{path} is a folder, but must be a file. Move the folder away."
        case errno.ENAMETOOLONG:
            return f"The path {path} is too long for this disk. {CHOOSE_WORKSPACE}"
        case errno.ENOENT:
            return f"{path} does not exist. Start fromscratch once to create it."
        case _:
            return f"{path}: {error.strerror or error}. Check the disk. {CHOOSE_WORKSPACE}"


def blocking_path(path: Path) -> Path:
    """Returns the nearest of a path and its parents that exists and is not a folder, or else the path."""
    candidates = (path, *path.parents)
    return next((place for place in candidates if os.path.exists(place) and not os.path.isdir(place)), path)
