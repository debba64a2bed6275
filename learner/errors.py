"""What can go wrong on the learner's side, told in sentences that say what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class LearnerError(Exception):
    """Something about the learner's own files. The message is for the learner, and names the way out."""


class WorkspaceError(LearnerError):
    """The workspace cannot be read or written."""


class ProgressError(LearnerError):
    """Progress cannot be read or stored."""


class ProjectError(LearnerError):
    """A project's folder or file cannot be made, read or written."""


class SettingsError(LearnerError):
    """Settings cannot be stored."""


ELSEWHERE = "Choose another folder with --workspace DIR or FROMSCRATCH_WORKSPACE."


def explain(error: OSError, path: Path) -> str:
    """Says in words why a file operation on `path` failed, and what to do about it."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full: {path} could not be written. Free some space and try again."
        case errno.EROFS:
            return f"{path} is on a read-only disk. {ELSEWHERE}"
        case errno.EACCES | errno.EPERM:
            return f"You have no permission for {path}. Change its permissions, or: {lower(ELSEWHERE)}"
        case errno.ENOTDIR | errno.EEXIST:
            return f"A file is where a folder must be: {in_the_way(path)}. Move it away. {ELSEWHERE}"
        case errno.EFBIG:
            return f"{path} would be larger than this system allows. Raise the limit on file sizes."
        case errno.EISDIR:
            return f"{path} is a folder, but must be a file. Move the folder away."
        case errno.ENAMETOOLONG:
            return f"The path {path} is too long for this disk. {ELSEWHERE}"
        case errno.ENOENT:
            return f"{path} does not exist. Start fromscratch once, and it is made."
        case _:
            return f"{path}: {error.strerror or error}. Check the disk. {ELSEWHERE}"


def lower(sentence: str) -> str:
    """The sentence with a small first letter, to stand inside another."""
    return sentence[:1].lower() + sentence[1:]


def in_the_way(path: Path) -> Path:
    """The nearest of a path and its parents that exists and is not a folder; else the path."""
    places = (path, *path.parents)
    return next((place for place in places if os.path.exists(place) and not os.path.isdir(place)), path)
