"""Decodes TOML files into strict structs. Errors are one sentence: the file, the key, and what to change."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

T = TypeVar("T", bound=msgspec.Struct)

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ID_RULE = "Use words of a-z and 0-9, joined by single dashes."

_KEY = re.compile(r" - at `\$?\.?(?P<key>.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_NOT_ALLOWED = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
_WRONG_TYPE = re.compile(r"Expected `(?P<expected>.*)`, got `(?P<actual>.*)`")
_TYPES = {
    "str": "text in quotes",
    "Path": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}


class CourseError(Exception):
    """A file of the course is invalid. The message reads "file: key: what is wrong, and what to do"."""

    def __init__(self, path: Path, key: str, problem: str) -> None:
        self.path, self.key, self.problem = path, key, problem
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")


def decode(path: Path, into: type[T], **loaded: Any) -> T:
    """Decodes a TOML file into a struct. `loaded` are fields that the file must not contain. Raises CourseError."""
    table = _read(path)
    for name in loaded:
        if name in table:
            raise CourseError(path, name, "this key is not known. Remove it.")
    try:
        return msgspec.convert(table | loaded, into, dec_hook=_as_path)
    except msgspec.ValidationError as error:
        raise _type_error(path, str(error), into) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(path, "", "the file is missing. Create it.") from None
    except OSError as error:
        raise CourseError(path, "", f"the file cannot be read ({error.strerror}). Check its permissions.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CourseError(path, f"line {line}", "this is not UTF-8 text. Save the file as UTF-8.") from error
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _syntax_error(path, str(error), text) from error
    except RecursionError:
        raise CourseError(path, "", "lists or tables are nested too deeply. Make them flat.") from None


def _as_path(expected: type, value: Any) -> Any:
    return Path(value) if isinstance(value, str) else value


def _syntax_error(path: Path, message: str, text: str) -> CourseError:
    location = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(location[1]) if location else text.count("\n") + 1
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    return CourseError(path, f"line {line}", f"this is not valid TOML: {reason}. Correct this line.")


def _type_error(path: Path, message: str, struct: type[msgspec.Struct]) -> CourseError:
    location = _KEY.search(message)
    key = location["key"] if location else ""
    reason = _KEY.sub("", message)
    if unknown := _UNKNOWN.fullmatch(reason):
        name = unknown["name"]
        near = difflib.get_close_matches(name, _fields_at(struct, key), n=1)
        advice = f"Did you mean `{near[0]}`?" if near else "Remove it, or correct its spelling."
        return CourseError(path, _join(key, name), f"this key is not known. {advice}")
    if missing := _MISSING.fullmatch(reason):
        return CourseError(path, _join(key, missing["name"]), "this key is missing. Add it.")
    if invalid := _NOT_ALLOWED.fullmatch(reason):
        allowed = ", ".join(_values_at(struct, key))
        return CourseError(path, key, f"{invalid['value']} is not one of {allowed}. Choose one of these.")
    if wrong := _WRONG_TYPE.fullmatch(reason):
        expected = " or ".join(_TYPES.get(part, part) for part in wrong["expected"].split(" | "))
        actual = _TYPES.get(wrong["actual"], wrong["actual"])
        return CourseError(path, key, f"this is {actual}, but must be {expected}. Change it.")
    return CourseError(path, key, f"{reason}. Change it.")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _fields_at(struct: type[msgspec.Struct], key: str) -> list[str]:
    """Returns the keys that are allowed in the table at a key such as "mistake[0]"."""
    from msgspec import inspect

    table = _type_at(struct, key)
    return [field.encode_name for field in table.fields] if isinstance(table, inspect.StructType) else []


def _values_at(struct: type[msgspec.Struct], key: str) -> list[str]:
    """Returns the texts that are allowed at a key such as "level"."""
    from msgspec import inspect

    literal = _type_at(struct, key)
    return [str(value) for value in literal.values] if isinstance(literal, inspect.LiteralType) else []


def _type_at(struct: type[msgspec.Struct], key: str) -> Any:
    from msgspec import inspect  # takes 30 ms to import, and only errors need it

    node: inspect.Type = inspect.type_info(struct)
    for name in filter(None, re.sub(r"\[[^\]]*\]", "", key).split(".")):
        if not isinstance(node, inspect.StructType):
            return None
        node = next((field.type for field in node.fields if field.encode_name == name), node)
        while isinstance(node, inspect.ListType | inspect.VarTupleType):
            node = node.item_type
    return node
