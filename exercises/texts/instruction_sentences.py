"""Tasks with words and sentences, whose answers are computed from the words of instructions.toml.

A task draws its words, and returns (instruction, input, output).
"""

from __future__ import annotations

import random
from typing import Any

from exercises.texts.instruction_numbers import Entry, in_words


def listed(items: list[str]) -> str:
    """Returns "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)


def ordered_words(rng: random.Random, words: dict[str, Any]) -> Entry:
    chosen = rng.sample(sorted(set(words["plain_words"])), rng.randint(4, 6))
    ask = rng.choice(["Sort the following list in alphabetical order.", "Put the words in alphabetical order."])
    return ask, ", ".join(chosen), ", ".join(sorted(chosen))


def reversed_word(rng: random.Random, words: dict[str, Any]) -> Entry:
    word = rng.choice(words["plain_words"])
    return f"Spell the word '{word}' backwards.", "", f"'{word}' spelled backwards is '{word[::-1]}'."


def vowels(rng: random.Random, words: dict[str, Any]) -> Entry:
    word = rng.choice(words["plain_words"])
    count = sum(letter in "aeiou" for letter in word)
    return f"How many vowels (a, e, i, o, u) are in the word '{word}'?", "", f"The word '{word}' has {count} vowels."


def letters(rng: random.Random, words: dict[str, Any]) -> Entry:
    word = rng.choice(words["plain_words"])
    return f"How many letters does the word '{word}' have?", "", f"The word '{word}' has {len(word)} letters."


def word_count(rng: random.Random, words: dict[str, Any]) -> Entry:
    sentence = rng.choice(words["sentences"])
    return "Count the words of the sentence.", f"{sentence}.", f"The sentence has {len(sentence.split())} words."


def capitals(rng: random.Random, words: dict[str, Any]) -> Entry:
    sentence = rng.choice(words["sentences"])
    return "Write the sentence in capital letters.", f"{sentence}.", f"{sentence.upper()}."


def longest_word(rng: random.Random, words: dict[str, Any]) -> Entry:
    sentence = rng.choice(
        [s for s in words["sentences"] if sorted(map(len, s.split()))[-1] > sorted(map(len, s.split()))[-2]]
    )
    word = max(sentence.split(), key=len)
    return "Find the longest word of the sentence.", f"{sentence}.", f"The longest word is '{word}'."


def bullet_points(rng: random.Random, words: dict[str, Any]) -> Entry:
    chosen = rng.sample(sorted(set(words["plain_words"])), rng.randint(3, 5))
    return "Write the list as bullet points.", ", ".join(chosen), "\n".join(f"- {word}" for word in chosen)


def repeated_words(rng: random.Random, words: dict[str, Any]) -> Entry:
    chosen = rng.sample(sorted(set(words["plain_words"])), 4)
    doubled = [*chosen, *rng.sample(chosen, 2)]
    rng.shuffle(doubled)
    return "Remove the repeated words from the list.", ", ".join(doubled), ", ".join(dict.fromkeys(doubled))


def passive(rng: random.Random, words: dict[str, Any]) -> Entry:
    who, verb, what, be = rng.choice(words["actions"])
    participle = words["participles"].get(verb, verb)
    ask = rng.choice(["Convert the active sentence to passive.", "Rewrite the sentence in the passive voice."])
    return ask, f"{who} {verb} {what}.", f"{what[0].upper()}{what[1:]} {be} {participle} by {who[0].lower()}{who[1:]}."


def negation(rng: random.Random, words: dict[str, Any]) -> Entry:
    thing, state = rng.choice(words["states_of"])
    return "Rewrite the sentence as a negative sentence.", f"{thing} is {state}.", f"{thing} is not {state}."


def question(rng: random.Random, words: dict[str, Any]) -> Entry:
    thing, state = rng.choice(words["states_of"])
    return "Turn the statement into a question.", f"{thing} is {state}.", f"Is {thing[0].lower()}{thing[1:]} {state}?"


def past_sentence(rng: random.Random, words: dict[str, Any]) -> Entry:
    thing, state = rng.choice(words["states_of"])
    return "Rewrite the sentence in the past tense.", f"{thing} is {state}.", f"{thing} was {state}."


def politeness(rng: random.Random, words: dict[str, Any]) -> Entry:
    request = rng.choice(words["requests"])
    ask = rng.choice(["Rewrite the command as a polite question.", "Make the request more polite."])
    return ask, f"{request[0].upper()}{request[1:]}.", f"Could you please {request}?"


def sentiment(rng: random.Random, words: dict[str, Any]) -> Entry:
    label, first, second = rng.choice([("positive", "praised", "praise"), ("negative", "blamed", "blame")])
    review = f"{rng.choice(words[first])}. {rng.choice(words[second])}."
    ask = rng.choice(
        ["Classify the review as positive or negative.", "Is the sentiment of the review positive or negative?"]
    )
    return ask, review, f"The review is {label}."


def sentence_kind(rng: random.Random, words: dict[str, Any]) -> Entry:
    thing, state = rng.choice(words["states_of"])
    request = rng.choice(words["requests"])
    text, kind = rng.choice([(f"{thing} is {state}.", "statement"), (f"Is {thing.lower()} {state}?", "question"),
                             (f"{request.capitalize()}!", "command")])  # fmt: skip
    return "Classify the sentence as a statement, a question or a command.", text, f"The sentence is a {kind}."


def animal_kind(rng: random.Random, words: dict[str, Any]) -> Entry:
    kind = rng.choice(list(words["animal_kinds"]))
    animal = rng.choice(words["animal_kinds"][kind])
    ask = "Classify the animal as a mammal, bird, fish, insect, reptile or amphibian."
    return (
        ask,
        animal,
        f"{'An' if animal[0] in 'aeiou' else 'A'} {animal} is {'an' if kind[0] in 'aei' else 'a'} {kind}.",
    )


def state_of_matter(rng: random.Random, words: dict[str, Any]) -> Entry:
    state = rng.choice(list(words["states"]))
    substance = rng.choice(words["states"][state])
    ask = f"Is {substance} a solid, a liquid or a gas at room temperature?"
    return ask, "", f"{substance.capitalize()} is a {state} at room temperature."


def odd_one_out(rng: random.Random, words: dict[str, Any]) -> Entry:
    kind, other = rng.sample(list(words["categories"]), 2)
    odd = rng.choice(words["categories"][other])
    items = [*rng.sample(words["categories"][kind], 3), odd]
    rng.shuffle(items)
    return (
        "Which word does not belong to the others?",
        ", ".join(items),
        f"'{odd}' does not belong; the others are {kind}.",
    )


def examples(rng: random.Random, words: dict[str, Any]) -> Entry:
    kind, number = rng.choice(list(words["categories"])), rng.randint(2, 4)
    ask = rng.choice(["Name {} {}.", "List {} {}.", "Give {} examples of {}."])
    chosen = listed(rng.sample(words["categories"][kind], number))
    return ask.format(in_words(number), kind), "", f"{chosen[0].upper()}{chosen[1:]}."


def reading(rng: random.Random, words: dict[str, Any]) -> Entry:
    first, second = rng.sample(words["names"], 2)
    ages = rng.sample(range(6, 70), 2)
    older = first if ages[0] > ages[1] else second
    text = f"{first} is {ages[0]} years old. {second} is {ages[1]} years old."
    difference = f"The difference is {abs(ages[0] - ages[1])} years."
    return rng.choice([
        ("Who is older? Answer from the text.", text, f"{older} is older."),
        (f"How old is {first}? Answer from the text.", text, f"{first} is {ages[0]} years old."),
        ("What is the difference in age? Answer from the text.", text, difference),
    ])  # fmt: skip


SENTENCE_TASKS = (
    ordered_words, reversed_word, vowels, letters, word_count, capitals, longest_word, bullet_points,
    repeated_words, passive, negation, question, past_sentence, politeness, sentiment, sentence_kind, animal_kind,
    state_of_matter, odd_one_out, examples, reading,
)  # fmt: skip
