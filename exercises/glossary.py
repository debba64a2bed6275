"""The glossary: the meaning of every key concept, with lookup by name and search."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field, structs

from exercises.decode import CourseError, decode

_SECTION_NUMBER = re.compile(r"(\d|[A-E])(\.\d+)*")


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[term]]. `also` are other names, `book` section numbers, `related` terms, `materials` ids of the course."""

    name: str
    means: str
    also: tuple[str, ...] = ()
    book: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all other names."""
        return (self.name, *self.also)


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A glossary/MONTH.toml: the terms that a month introduces, under a title. The loader adds `month_id`."""

    month_id: str
    title: str
    terms: tuple[Term, ...] = field(default=(), name="term")


@dataclass(frozen=True)
class Glossary:
    """The glossary of a course, read on demand from `files`, which are pairs of a month's id and a path.

    `materials` are the ids that a term can refer to. Reading raises CourseError.
    """

    files: tuple[tuple[str, Path], ...] = ()
    materials: frozenset[str] = frozenset()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The terms month by month, in the order in which the course introduces them."""
        return tuple(self._read())

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for section in self.sections for term in section.terms)

    @cached_property
    def _by_name(self) -> dict[str, Term]:
        return {_normalized(name): term for term in self.terms for name in term.names}

    def section_of(self, term: Term) -> Section:
        """Returns the section that contains a term."""
        return next(section for section in self.sections if term in section.terms)

    def find(self, word: str) -> Term | None:
        """Returns the term with this name, ignoring case, hyphens and a plural s."""
        name = _normalized(word)
        spellings = (name, name.removesuffix("s"), f"{name}s")
        return next((self._by_name[spelling] for spelling in spellings if spelling in self._by_name), None)

    def search(self, text: str) -> list[Term]:
        """Returns the terms that match a text, best first: names, then other names, then meanings."""
        query = _normalized(text)
        if not query:
            return list(self.terms)
        ranks = ((_rank(term, query), term) for term in self.terms)
        matches = [(rank, term) for rank, term in ranks if rank is not None]
        return [term for _, term in sorted(matches, key=lambda match: match[0])]

    def near(self, word: str) -> list[str]:
        """Returns up to three terms whose names are spelled similarly."""
        near = difflib.get_close_matches(_normalized(word), self._by_name, n=6, cutoff=0.6)
        return list(dict.fromkeys(self._by_name[name].name for name in near))[:3]

    def _read(self) -> Iterator[Section]:
        owners: dict[str, str] = {}
        related: list[tuple[Path, str, str]] = []
        for month_id, path in self.files:
            section = decode(path, Section, month_id=month_id)
            for i, term in enumerate(section.terms):
                self._check(path, f"term[{i}]", term, owners)
                related += [(path, f"term[{i}].related[{j}]", name) for j, name in enumerate(term.related)]
            terms = (structs.replace(term, means=" ".join(term.means.split())) for term in section.terms)
            yield structs.replace(section, terms=tuple(terms))
        for path, key, name in related:
            if _normalized(name) not in owners:
                raise CourseError(path, key, f"there is no term {name!r}. Write it, or correct the name.")

    def _check(self, path: Path, key: str, term: Term, owners: dict[str, str]) -> None:
        for name in term.names:
            normalized = _normalized(name)
            if not normalized:
                raise CourseError(path, key, "a name is empty. Write it.")
            if normalized in owners:
                problem = f"{name!r} is already a name of {owners[normalized]!r}. Remove one of the two."
                raise CourseError(path, key, problem)
            owners[normalized] = term.name
        if not term.means.strip():
            raise CourseError(path, f"{key}.means", "the text is empty. Explain the term.")
        for i, number in enumerate(term.book):
            if not _SECTION_NUMBER.fullmatch(number):
                problem = f"{number!r} is not the number of a section. Write for example 3.5.1 or A.2."
                raise CourseError(path, f"{key}.book[{i}]", problem)
        for i, id in enumerate(term.materials):
            if id not in self.materials:
                problem = f"{id!r} is not the id of a material in course.toml. Correct it."
                raise CourseError(path, f"{key}.materials[{i}]", problem)


def _normalized(name: str) -> str:
    """Returns a name for comparison: lowercase, with one space for any whitespace, hyphens or underscores."""
    return " ".join(re.split(r"[\s_‑-]+", name.replace("−", "-").casefold())).strip()


def _rank(term: Term, query: str) -> int | None:
    """Returns how well a term matches a query, 0 being best, or None for no match."""
    for rank, names in ((0, (term.name,)), (1, term.also)):
        normalized = [_normalized(name) for name in names]
        if query in normalized:
            return rank
        if any(name.startswith(query) for name in normalized):
            return 2 + rank
        if any(f" {query}" in name for name in normalized):
            return 4 + rank
    words = [*_words(term.names), *_words([term.means])]
    if all(any(word.startswith(prefix) for word in words) for prefix in query.split()):
        return 6
    return 7 if any(query in _normalized(name) for name in term.names) else None


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from re.findall(r"[\w.]+", _normalized(text))
