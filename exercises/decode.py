"""TOML files into strict structs; what is wrong becomes one sentence: the file, the key and the remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
REMEDY = "Use words of a-z and 0-9 joined by single dashes."

_PLACE = re.compile(r" - at `\$?\.?(?P<key>.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_TYPES = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}


class CourseError(Exception):
    """A course file is wrong. The message reads "file: key: what is wrong, and what to do"."""

    def __init__(self, path: Path, key: str, says: str) -> None:
        self.path, self.key, self.says = path, key, says
        super().__init__(f"{path}: {key}: {says}" if key else f"{path}: {says}")


def decode(path: Path, into: type[T]) -> T:
    """Reads a TOML file into a struct; raises CourseError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(path, "", "the file is missing. Create it.") from None
    except OSError as error:
        says = f"the file cannot be read ({error.strerror}). Check its permissions."
        raise CourseError(path, "", says) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CourseError(path, f"line {line}", "this is not UTF-8 text. Save the file as UTF-8.") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, str(error), text) from error
    except RecursionError:
        raise CourseError(path, "", "lists or tables are nested too deeply. Make them flat.") from None
    try:
        return msgspec.convert(table, into)
    except msgspec.ValidationError as error:
        raise _type_error(path, str(error), into) from error


def _syntax_error(path: Path, message: str, text: str) -> CourseError:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(found[1]) if found else text.count("\n") + 1
    what = re.sub(r"\s*\(at .*\)$", "", message)
    return CourseError(path, f"line {line}", f"this is not valid TOML: {what}. Correct this line.")


def _type_error(path: Path, message: str, into: type[msgspec.Struct]) -> CourseError:
    place = _PLACE.search(message)
    key = place["key"] if place else ""
    what = _PLACE.sub("", message)
    if unknown := _UNKNOWN.fullmatch(what):
        name = unknown["name"]
        near = difflib.get_close_matches(name, _fields_at(into, key), n=1)
        advice = f"Did you mean `{near[0]}`?" if near else "Remove it, or correct its spelling."
        return CourseError(path, _join(key, name), f"this key is not known. {advice}")
    if missing := _MISSING.fullmatch(what):
        return CourseError(path, _join(key, missing["name"]), "this key is missing. Add it.")
    if wrong := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        wanted = " or ".join(_TYPES.get(part, part) for part in wrong[1].split(" | "))
        got = _TYPES.get(wrong[2], wrong[2])
        return CourseError(path, key, f"this is {got}, but must be {wanted}. Change it.")
    return CourseError(path, key, f"{what}. Change it.")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _fields_at(struct: type[msgspec.Struct], key: str) -> list[str]:
    """The keys that are allowed in the table at a path such as "mistake[0]"."""
    from msgspec import inspect  # costs 30 ms, and is wanted only once something is wrong

    here: inspect.Type = inspect.type_info(struct)
    for name in filter(None, re.sub(r"\[[^\]]*\]", "", key).split(".")):
        if not isinstance(here, inspect.StructType):
            return []
        here = next((field.type for field in here.fields if field.encode_name == name), here)
        while isinstance(here, inspect.ListType | inspect.VarTupleType):
            here = here.item_type
    return [field.encode_name for field in here.fields] if isinstance(here, inspect.StructType) else []
