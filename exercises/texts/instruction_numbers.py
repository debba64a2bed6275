"""Tasks with numbers, dates and times, whose answers are computed.

A task draws its numbers, and returns (instruction, input, output).
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

Entry = tuple[str, str, str]  # instruction, input, output

ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS = (("kilometers", "meters", 1000), ("meters", "centimeters", 100), ("kilograms", "grams", 1000),
         ("liters", "milliliters", 1000), ("hours", "minutes", 60), ("minutes", "seconds", 60), ("weeks", "days", 7),
         ("days", "hours", 24), ("centimeters", "millimeters", 10), ("metric tons", "kilograms", 1000))  # fmt: skip


def in_words(number: int) -> str:
    """Returns a number below 1,000 in words."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return f"{ONES[number // 100]} hundred" + (f" and {in_words(number % 100)}" if number % 100 else "")


def in_roman(number: int) -> str:
    numeral = ""
    for value, letters in ROMAN:
        numeral += letters * (number // value)
        number %= value
    return numeral


def sums(rng: random.Random, words: dict[str, Any]) -> Entry:
    a, b = rng.randint(3, 99), rng.randint(3, 99)
    word, result = rng.choice([("plus", a + b), ("times", a * b), ("minus", a - b)] if a > b else [("plus", a + b)])
    ask = rng.choice(["What is {}?", "Calculate {}.", "How much is {}?"])
    return ask.format(f"{a} {word} {b}"), "", f"{a} {word} {b} is {result}."


def quotient(rng: random.Random, words: dict[str, Any]) -> Entry:
    divisor, result = rng.randint(2, 12), rng.randint(3, 25)
    return f"Divide {divisor * result} by {divisor}.", "", f"{divisor * result} divided by {divisor} is {result}."


def percentage(rng: random.Random, words: dict[str, Any]) -> Entry:
    percent, hundreds = rng.choice([5, 10, 20, 25, 30, 40, 50, 75]), rng.randint(1, 20) * 20
    return f"What is {percent}% of {hundreds}?", "", f"{percent}% of {hundreds} is {percent * hundreds // 100}."


def word_problem(rng: random.Random, words: dict[str, Any]) -> Entry:
    name, thing = rng.choice(words["names"]), rng.choice(words["things"])
    a, b = rng.randint(5, 40), rng.randint(2, 20)
    if rng.random() < 0.5 and a > b:
        question = f"{name} has {a} {thing} and gives {b} of them away. How many {thing} are left?"
        return question, "", f"{name} has {a} - {b} = {a - b} {thing} left."
    question = f"A box holds {a} {thing}. How many {thing} are in {b} boxes?"
    return question, "", f"There are {a} * {b} = {a * b} {thing} in {b} boxes."


def conversion(rng: random.Random, words: dict[str, Any]) -> Entry:
    large, small, factor = rng.choice(UNITS)
    amount = rng.randint(2, 30)
    if rng.random() < 0.5:
        return f"Convert {amount} {large} to {small}.", "", f"{amount} {large} are {amount * factor} {small}."
    result = f"{amount * factor} {small} are {amount} {large}."
    return f"Convert the measurement to {large}.", f"{amount * factor} {small}", result


def temperature(rng: random.Random, words: dict[str, Any]) -> Entry:
    celsius = rng.randint(-4, 20) * 5
    fahrenheit = celsius * 9 // 5 + 32
    answer = f"{celsius} degrees Celsius are {fahrenheit} degrees Fahrenheit."
    return "Convert the temperature to degrees Fahrenheit.", f"{celsius} degrees Celsius", answer


def ordered_numbers(rng: random.Random, words: dict[str, Any]) -> Entry:
    numbers = rng.sample(range(1, 100), rng.randint(4, 6))
    order = rng.choice(["ascending", "descending"])
    ask = rng.choice(["Sort the numbers in {} order.", "Arrange the given numbers in {} order."])
    result = sorted(numbers, reverse=order == "descending")
    return ask.format(order), ", ".join(map(str, numbers)), ", ".join(map(str, result))


def extreme(rng: random.Random, words: dict[str, Any]) -> Entry:
    numbers = rng.sample(range(10, 1000), rng.randint(4, 7))
    word, result = rng.choice([("largest", max(numbers)), ("smallest", min(numbers))])
    text = ", ".join(map(str, numbers))
    return f"Find the {word} number in the list.", text, f"The {word} number is {result}."


def mean(rng: random.Random, words: dict[str, Any]) -> Entry:
    numbers = [rng.randint(2, 40) for _ in range(rng.choice([3, 4, 5]))]
    numbers[-1] += -sum(numbers) % len(numbers)
    text = ", ".join(map(str, numbers))
    return "Calculate the average of the numbers.", text, f"The average is {sum(numbers) // len(numbers)}."


def parity(rng: random.Random, words: dict[str, Any]) -> Entry:
    number = rng.randint(10, 999)
    kind = "odd" if number % 2 else "even"
    return "Classify the number as even or odd.", str(number), f"{number} is {kind}."


def prime(rng: random.Random, words: dict[str, Any]) -> Entry:
    number = rng.randint(11, 150)
    factor = next((n for n in range(2, number) if number % n == 0), None)
    reason = f"No, {number} = {factor} * {number // factor}." if factor else f"Yes, {number} is a prime number."
    return f"Is {number} a prime number?", "", reason


def number_name(rng: random.Random, words: dict[str, Any]) -> Entry:
    number = rng.randint(13, 999)
    if rng.random() < 0.5:
        return "Write the number in words.", str(number), in_words(number)
    return "Write the number in digits.", in_words(number), str(number)


def roman(rng: random.Random, words: dict[str, Any]) -> Entry:
    number = rng.randint(4, 120)
    if rng.random() < 0.5:
        return f"Write {number} in Roman numerals.", "", f"{number} in Roman numerals is {in_roman(number)}."
    return "Convert the Roman numeral to a number.", in_roman(number), str(number)


def binary(rng: random.Random, words: dict[str, Any]) -> Entry:
    number = rng.randint(5, 63)
    return f"Convert the decimal number {number} to binary.", "", f"{number} in binary is {number:b}."


def sequence(rng: random.Random, words: dict[str, Any]) -> Entry:
    start, step = rng.randint(1, 20), rng.randint(2, 9)
    terms = [str(start + step * i) for i in range(5)]
    ask = "What is the next number in the sequence?"
    return ask, ", ".join(terms), f"The next number is {start + step * 5}, as each is {step} more than the last."


def rectangle(rng: random.Random, words: dict[str, Any]) -> Entry:
    a, b = rng.randint(2, 20), rng.randint(2, 20)
    word, result, unit = rng.choice([("area", a * b, "square meters"), ("perimeter", 2 * (a + b), "meters")])
    ask = f"What is the {word} of a rectangle of {a} by {b} meters?"
    return ask, "", f"The {word} of the rectangle is {result} {unit}."


def iso_date(rng: random.Random, words: dict[str, Any]) -> Entry:
    day = date(1950, 1, 1) + timedelta(days=rng.randint(0, 26_000))
    text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return "Write the date in the format YYYY-MM-DD.", text, day.isoformat()


def weekday(rng: random.Random, words: dict[str, Any]) -> Entry:
    today, days = rng.randrange(7), rng.randint(2, 12)
    ask = f"Today is {WEEKDAYS[today]}. Which day is it in {days} days?"
    return ask, "", f"In {days} days it is {WEEKDAYS[(today + days) % 7]}."


def clock(rng: random.Random, words: dict[str, Any]) -> Entry:
    hour, minute, later = rng.randrange(1, 20), rng.choice([0, 15, 20, 30, 45]), rng.choice([20, 35, 45, 50, 90, 120])
    end = (hour * 60 + minute + later) % 1440
    ask = f"A film starts at {hour:02}:{minute:02} and takes {later} minutes. When does it end?"
    return ask, "", f"The film ends at {end // 60:02}:{end % 60:02}."


NUMBER_TASKS = (
    sums, quotient, percentage, word_problem, conversion, temperature, ordered_numbers, extreme, mean, parity,
    prime, number_name, roman, binary, sequence, rectangle, iso_date, weekday, clock,
)  # fmt: skip
