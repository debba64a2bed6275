r"""Finds the final answer in a model's text, and compares it with the right one.

Lewkowycz et al., 2022 (Minerva, arXiv:2206.14858); Hendrycks et al., 2021 (MATH, arXiv:2103.03874).
"""

from __future__ import annotations

import re
from fractions import Fraction

NUMBER = re.compile(r"-?(?:\d+/\d+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
DECORATION = re.compile(r"\\left|\\right|\\[,!;:()\[\]]|\\?[%$]|°|\s+")
BOX = r"\boxed"


def last_box(text: str) -> str | None:
    r"""Returns what the last \boxed{…} of a text contains, or None if there is none or its brace is never closed."""
    start = text.rfind(BOX)
    if start < 0:
        return None
    rest = text[start + len(BOX) :].lstrip()
    if not rest.startswith("{"):
        return None
    depth = 0
    for position, character in enumerate(rest):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            content = rest[1:position]
            return content
    return None


def extract_final_candidate(text: str | None, fallback: str | None = "number_then_full") -> str:
    r"""Returns the final answer in a text: what is in the last \boxed{…}, without blanks and dollar signs around it.

    Without a box, "number_only" returns the last number or "", "number_then_full" the last number or the whole text,
    and None returns "".
    """
    if not text:
        return ""
    boxed = last_box(text)
    candidate = boxed.strip("$ \t\n") if boxed is not None else ""
    if candidate:
        return candidate
    if fallback is None:
        return ""
    numbers = NUMBER.findall(text)
    if numbers:
        return str(numbers[-1])
    return text if fallback == "number_then_full" else ""


def normalize(text: str) -> str:
    r"""Returns an answer in one spelling: 1,234 as 1234, \frac{1}{2} as 1/2, without %, $, blanks and capitals."""
    unwrapped = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text)
    with_slashes = FRACTION.sub(r"\1/\2", unwrapped)
    plain = DECORATION.sub("", with_slashes)
    joined = THOUSANDS.sub("", plain)
    return joined.lower()


def as_number(text: str) -> Fraction | None:
    """Returns the exact value of a whole number, a decimal or a fraction, or None for other texts."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def grade_answer(pred_text: str | None, gt_text: str | None) -> bool:
    """Returns whether an answer equals the right one, as a number if both are numbers, else as text.

    None and empty answers are wrong.
    """
    if not pred_text or not gt_text:
        return False
    predicted, truth = normalize(pred_text), normalize(gt_text)
    if not predicted or not truth:
        return False
    predicted_number, true_number = as_number(predicted), as_number(truth)
    if predicted_number is None or true_number is None:
        return predicted == truth
    return predicted_number == true_number
