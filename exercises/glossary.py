"""The course's key concepts: what each means, where it is met, and how one is found by any of its names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exercises.decode import CourseError, decode
from exercises.schema import GlossaryFile, TermFile

_SECTION = re.compile(r"(\d|[A-E])(\.\d+)*")


@dataclass(frozen=True)
class Term:
    """A concept. `also` are its other names, `book` sections of the book, `materials` ids of the course's."""

    name: str
    means: str
    month_id: str
    also: tuple[str, ...]
    book: tuple[str, ...]
    related: tuple[str, ...]
    materials: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all other names."""
        return (self.name, *self.also)


@dataclass(frozen=True)
class Section:
    """The terms that are first met in one month, under one title."""

    month_id: str
    title: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Glossary:
    """The glossary of a course, read from `files` (month's id, path) when first asked for; `materials` are the ids
    that a term may name. Reading raises CourseError."""

    files: tuple[tuple[str, Path], ...] = ()
    materials: frozenset[str] = frozenset()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The terms in the order in which they are met, month by month."""
        return tuple(self._read())

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for section in self.sections for term in section.terms)

    @cached_property
    def _by_name(self) -> dict[str, Term]:
        return {_key(name): term for term in self.terms for name in term.names}

    def find(self, word: str) -> Term | None:
        """The term with this name, whatever its case, hyphens and plural s; None if there is none."""
        key = _key(word)
        found = (self._by_name.get(one) for one in (key, key.removesuffix("s"), f"{key}s"))
        return next((term for term in found if term is not None), None)

    def search(self, text: str) -> list[Term]:
        """The terms that answer a search, the best first: by name, then other names, then what they mean."""
        key = _key(text)
        if not key:
            return list(self.terms)
        ranked = (
            (rank, place, term) for place, term in enumerate(self.terms) if (rank := _rank(term, key)) is not None
        )
        return [term for _, _, term in sorted(ranked, key=lambda found: found[:2])]

    def near(self, word: str) -> list[str]:
        """Up to three terms whose names are written much like the word."""
        near = difflib.get_close_matches(_key(word), self._by_name, n=6, cutoff=0.6)
        return list(dict.fromkeys(self._by_name[key].name for key in near))[:3]

    def _read(self) -> Iterator[Section]:
        seen: dict[str, str] = {}
        asked: list[tuple[Path, str, str]] = []
        for month_id, path in self.files:
            file = decode(path, GlossaryFile)
            for i, term in enumerate(file.term):
                self._check(path, f"term[{i}]", term, seen)
                asked += [(path, f"term[{i}].related[{j}]", name) for j, name in enumerate(term.related)]
            yield Section(month_id, file.title, tuple(_term(term, month_id) for term in file.term))
        for path, key, name in asked:
            if _key(name) not in seen:
                raise CourseError(path, key, f"there is no term {name!r}. Write it, or correct the name.")

    def _check(self, path: Path, key: str, term: TermFile, seen: dict[str, str]) -> None:
        for name in (term.name, *term.also):
            if not _key(name):
                raise CourseError(path, key, "a name is empty. Write it.")
            if _key(name) in seen:
                says = f"{name!r} is a name of {seen[_key(name)]!r} already. Remove one of the two."
                raise CourseError(path, key, says)
            seen[_key(name)] = term.name
        if not term.means.strip():
            raise CourseError(path, f"{key}.means", "the text is empty. Say what the term means.")
        for i, section in enumerate(term.book):
            if not _SECTION.fullmatch(section):
                raise CourseError(
                    path, f"{key}.book[{i}]", f"{section!r} is no section. Write for example 3.5.1 or A.2."
                )
        for i, id in enumerate(term.materials):
            if id not in self.materials:
                says = f"{id!r} is no material of course.toml. Correct the id."
                raise CourseError(path, f"{key}.materials[{i}]", says)


def _term(term: TermFile, month_id: str) -> Term:
    return Term(term.name, " ".join(term.means.split()), month_id, term.also, term.book, term.related, term.materials)


def _key(name: str) -> str:
    """A name as it is compared: small letters, one blank where blanks, hyphens or underscores stand."""
    return " ".join(re.split(r"[\s_‑-]+", name.replace("−", "-").casefold())).strip()


def _rank(term: Term, key: str) -> int | None:
    """How well a term answers a search; the smaller the better, None for not at all."""
    for rank, names in ((0, (term.name,)), (1, term.also)):
        keys = [_key(name) for name in names]
        if key in keys:
            return rank
        if any(name.startswith(key) for name in keys):
            return 2 + rank
        if any(f" {key}" in name for name in keys):
            return 4 + rank
    words = [*_words(term.names), *_words([term.means])]
    wanted = key.split()
    if all(any(word.startswith(one) for word in words) for one in wanted):
        return 6
    return 7 if any(key in _key(name) for name in term.names) else None


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from re.findall(r"[\w.]+", _key(text))
