"""Generates simple stories, reproducibly for a given seed.

A story consists of an opening, a plot and a closing. A plot is a list of steps, written as paragraphs of a text file;
each line of a paragraph is an alternative for that step. In a line, slots such as `{A}` are filled from the cast of
the story, which keeps names, pronouns and objects consistent, and `<this|that>` is replaced by one of its choices.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Line = list[str | list[str]]  # plain text, a slot such as "{A}", or the choices of <…|…>
Step = list[Line]
PIECES = re.compile(r"(<[^>]*>)|(\{\w+\})")
FOLDER = Path(__file__).parent


def stories(seed: int = 0) -> Iterator[str]:
    """Yields stories without end, each a single line of 500 to 1,000 ASCII characters."""
    rng = random.Random(seed)
    openings, plots, closings = _lines("openings.txt"), _plots(), _lines("closings.txt")
    while True:
        cast = _cast(rng)
        steps = [openings, *rng.choice(plots), closings]
        yield " ".join([_fill_line(rng.choice(step), cast, rng) for step in steps])


def _fill_line(line: Line, cast: dict[str, str], rng: random.Random) -> str:
    words = []
    for part in line:
        if isinstance(part, list):
            words.append(rng.choice(part).format_map(cast))
        else:
            words.append(cast[part[1:-1]] if part[0] == "{" else part)
    return "".join(words)


def _cast(rng: random.Random) -> dict[str, str]:
    """Draws the names and objects of one story, keyed by slot name."""
    words = _words()

    def pick(kind: str) -> str:
        return rng.choice(words[kind])

    def pick_with_adjective(kind: str, adjectives: str) -> tuple[str, str]:
        noun = pick(kind)
        return noun, f"{pick(adjectives)} {noun}"

    hero_is_girl, friend_is_girl, kin_is_woman = (rng.random() < 0.5 for _ in range(3))
    hero, friend = pick("girls" if hero_is_girl else "boys"), pick("girls" if friend_is_girl else "boys")
    while friend == hero:
        friend = pick("girls" if friend_is_girl else "boys")
    animal, an_animal = pick_with_adjective("animals", "animal_looks")
    toy, a_toy = pick_with_adjective("toys", "looks")
    treasure, a_treasure = pick_with_adjective("treasures", "looks")
    trait, trait2 = rng.sample(words["traits"], 2)
    hiding, hiding2 = rng.sample(words["indoors"], 2)
    time, neighbour, plant = pick("times"), pick("neighbours"), pick("plants")
    kinds = {"home": "homes", "food": "foods", "place": "places", "outside": "outdoors", "weather": "weathers",
             "skill": "skills", "fear": "fears", "job": "jobs", "glad": "glad", "sad": "sad", "look": "looks",
             "pet": "pets", "kin": "women" if kin_is_woman else "men"}  # fmt: skip
    return {slot: pick(kind) for slot, kind in kinds.items()} | {
        "A": hero, "girl": "girl" if hero_is_girl else "boy", **_pronouns(hero_is_girl, ""),
        "B": friend, "boy_b": "girl" if friend_is_girl else "boy", **_pronouns(friend_is_girl, "b_"),
        **_pronouns(kin_is_woman, "e_"),
        "animal": animal, "an_animal": _with_article(an_animal), "An_animal": _with_article(an_animal).capitalize(),
        "the_animal": f"the {an_animal}",
        "toy": toy, "a_toy": _with_article(a_toy), "treasure": treasure, "a_treasure": _with_article(a_treasure),
        "the_treasure": f"the {a_treasure}", "a_plant": _with_article(plant), "plant": plant, "trait": trait,
        "trait2": trait2, "hiding": hiding, "hiding2": hiding2, "time": time, "time_": time[0].lower() + time[1:],
        "neighbour": neighbour, "neighbour_": neighbour[0].upper() + neighbour[1:], "age": str(rng.randint(4, 11)),
    }  # fmt: skip


def _pronouns(female: bool, prefix: str) -> dict[str, str]:
    """Returns a person's pronouns, keyed by slot name. Capitalized slots such as `{b_He}` start a sentence."""
    forms = ("she", "her", "her") if female else ("he", "him", "his")
    pronouns = {f"{prefix}{slot}": form for slot, form in zip(("he", "him", "his"), forms, strict=True)}
    return pronouns | {f"{prefix}He": forms[0].title(), f"{prefix}His": forms[2].title()}


def _with_article(phrase: str) -> str:
    """Prefixes "a" or "an": "a red kite", "an old bell"."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="ascii"))


@cache
def _lines(name: str) -> Step:
    return [_parse_line(line) for line in (FOLDER / name).read_text(encoding="ascii").splitlines()]


@cache
def _plots() -> list[list[Step]]:
    plots = []
    for path in sorted(FOLDER.glob("plots_*.txt")):
        for plot in path.read_text(encoding="ascii").split("= ")[1:]:
            _title, _, body = plot.strip().partition("\n")
            steps = body.split("\n\n")
            plots.append([[_parse_line(line) for line in step.strip().splitlines()] for step in steps])
    return plots


def _parse_line(line: str) -> Line:
    parts: Line = []
    for piece in PIECES.split(line):
        if piece and piece[0] == "<":
            parts.append(piece[1:-1].split("|"))
        elif piece:
            parts.append(piece)
    return parts
