"""A stack of braces, and Fraction with a regular expression that says what a number is."""

import re
from fractions import Fraction


def extract_final_candidate(text, fallback="number_then_full"):
    if not text:
        return ""
    marker = "\\boxed"
    _, box, after = text.rpartition(marker)
    after = after.lstrip()
    if box and after[:1] == "{":
        stack, end = [], None
        for i, c in enumerate(after):
            if c == "{":
                stack.append(i)
            elif c == "}":
                stack.pop()
                if not stack:
                    end = i
                    break
        if end is not None:
            inside = after[1:end].strip(" $\n\t")
            if inside:
                return inside
    if not fallback:
        return ""
    numbers = re.findall(r"-?\d+(?:/\d+|\.\d+)?", text)
    if numbers:
        return numbers[-1]
    return {"number_only": "", "number_then_full": text}[fallback]


def value_of(text):
    text = text.strip().replace("$", "").replace("\\%", "%").lower()
    text = re.sub(r"(?<=\d),(?=\d\d\d)", "", text)
    fraction = re.fullmatch(r"(-?)\\[dt]?frac\{(-?\d+)\}\{(\d+)\}", text)
    if fraction and int(fraction[3]):
        sign = -1 if fraction[1] else 1
        return sign * Fraction(int(fraction[2]), int(fraction[3]))
    plain = re.fullmatch(r"-?\d+(\.\d+)?|-?\d+/0*[1-9]\d*", text)
    return Fraction(text) if plain else text


def grade_answer(pred_text, gt_text):
    if not (pred_text and pred_text.strip() and gt_text and gt_text.strip()):
        return False
    return bool(value_of(pred_text) == value_of(gt_text))
