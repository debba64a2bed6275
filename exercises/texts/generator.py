"""Simple stories, as many as are wanted, the same ones for the same seed.

A story is an opening, a plot and a closing. A plot is a file's paragraphs: each is one step of it, and each line of
a paragraph is one way to tell that step. In a line `{A}` is filled in from the cast of the story, so that names,
pronouns and things agree from its first word to its last, and of `<this|that>` one is taken.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Line = list[str | list[str]]  # plain text, a slot as "{name}", or the choices of <…|…>
Step = list[Line]
PIECES = re.compile(r"(<[^>]*>)|(\{\w+\})")
FOLDER = Path(__file__).parent


def stories(seed: int = 0) -> Iterator[str]:
    """Endless stories, each of 500 to 1,000 ASCII characters in one paragraph, without a line end."""
    chance = random.Random(seed)
    openings, plots, closings = _lines("openings.txt"), _plots(), _lines("closings.txt")
    while True:
        cast = _cast(chance)
        steps = [openings, *chance.choice(plots), closings]
        yield " ".join([_told(chance.choice(step), cast, chance) for step in steps])


def _told(line: Line, cast: dict[str, str], chance: random.Random) -> str:
    words = []
    for part in line:
        if isinstance(part, list):
            words.append(chance.choice(part).format_map(cast))
        else:
            words.append(cast[part[1:-1]] if part[0] == "{" else part)
    return "".join(words)


def _cast(chance: random.Random) -> dict[str, str]:
    """Who and what one story is about, by the names of the slots."""
    words = _words()

    def pick(kind: str) -> str:
        return chance.choice(words[kind])

    def look(kind: str, looks: str) -> tuple[str, str]:
        name = pick(kind)
        return name, f"{pick(looks)} {name}"

    hero_is_girl, friend_is_girl, kin_is_woman = (chance.random() < 0.5 for _ in range(3))
    hero, friend = pick("girls" if hero_is_girl else "boys"), pick("girls" if friend_is_girl else "boys")
    while friend == hero:
        friend = pick("girls" if friend_is_girl else "boys")
    (animal, an_animal), (toy, a_toy) = look("animals", "animal_looks"), look("toys", "looks")
    treasure, a_treasure = look("treasures", "looks")
    trait, trait2 = chance.sample(words["traits"], 2)
    hiding, hiding2 = chance.sample(words["indoors"], 2)
    time, neighbour, plant = pick("times"), pick("neighbours"), pick("plants")
    singles = {"home": "homes", "food": "foods", "place": "places", "outside": "outdoors", "weather": "weathers",
               "skill": "skills", "fear": "fears", "job": "jobs", "glad": "glad", "sad": "sad", "look": "looks",
               "pet": "pets", "kin": "women" if kin_is_woman else "men"}  # fmt: skip
    return {slot: pick(kind) for slot, kind in singles.items()} | {
        "A": hero, "girl": "girl" if hero_is_girl else "boy", **_pronouns(hero_is_girl, ""),
        "B": friend, "boy_b": "girl" if friend_is_girl else "boy", **_pronouns(friend_is_girl, "b_"),
        **_pronouns(kin_is_woman, "e_"),
        "animal": animal, "an_animal": _a(an_animal), "An_animal": _a(an_animal).capitalize(),
        "the_animal": f"the {an_animal}",
        "toy": toy, "a_toy": _a(a_toy), "treasure": treasure, "a_treasure": _a(a_treasure),
        "the_treasure": f"the {a_treasure}", "a_plant": _a(plant), "plant": plant, "trait": trait, "trait2": trait2,
        "hiding": hiding, "hiding2": hiding2, "time": time, "time_": time[0].lower() + time[1:],
        "neighbour": neighbour, "neighbour_": neighbour[0].upper() + neighbour[1:], "age": str(chance.randint(4, 11)),
    }  # fmt: skip


def _pronouns(female: bool, prefix: str) -> dict[str, str]:
    """he, him, his, He, His of one of the cast; `{b_He}` is the friend's at the beginning of a sentence."""
    forms = ("she", "her", "her") if female else ("he", "him", "his")
    found = {f"{prefix}{slot}": form for slot, form in zip(("he", "him", "his"), forms, strict=True)}
    return found | {f"{prefix}He": forms[0].title(), f"{prefix}His": forms[2].title()}


def _a(phrase: str) -> str:
    """The phrase with its article: "a red kite", "an old bell"."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="ascii"))


@cache
def _lines(name: str) -> Step:
    return [_parsed(line) for line in (FOLDER / name).read_text(encoding="ascii").splitlines()]


@cache
def _plots() -> list[list[Step]]:
    found = []
    for path in sorted(FOLDER.glob("plots_*.txt")):
        for plot in path.read_text(encoding="ascii").split("= ")[1:]:
            title_and_steps = plot.strip().partition("\n")
            steps = title_and_steps[2].split("\n\n")
            found.append([[_parsed(line) for line in step.strip().splitlines()] for step in steps])
    return found


def _parsed(line: str) -> Line:
    parts: Line = []
    for piece in PIECES.split(line):
        if piece and piece[0] == "<":
            parts.append(piece[1:-1].split("|"))
        elif piece:
            parts.append(piece)
    return parts
