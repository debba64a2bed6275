"""Exact fractions as pairs of whole numbers, and a regular expression for boxes with two levels of braces."""

import re

INNER = r"[^{}]*"
for _ in range(4):
    INNER = rf"(?:[^{{}}]|\{{{INNER}\}})*"
BOX = re.compile(rf"\\boxed\s*\{{({INNER})\}}")
NUMBER = re.compile(r"-?\d+/\d+|-?\d+\.\d+|-?\d+")


def extract_final_candidate(text, fallback="number_then_full"):
    text = text or ""
    found = BOX.findall(text)
    if found and text.rfind("\\boxed") == [m.start() for m in BOX.finditer(text)][-1]:
        answer = found[-1].strip().strip("$").strip()
        if answer:
            return answer
    if fallback == "number_only" or fallback == "number_then_full":
        last = ""
        for match in NUMBER.finditer(text):
            last = match.group()
        if last or fallback == "number_only":
            return last
        return text
    return ""


def clean(text):
    text = text.strip().lower().replace("$", "").replace("\\%", "%")
    text = re.sub(r"\\[dt]?frac\{(-?\d+)\}\{(-?\d+)\}", r"\1/\2", text)
    while re.search(r"\d,\d{3}\b", text):
        text = re.sub(r"(\d),(\d{3})\b", r"\1\2", text)
    return " ".join(text.split())


def as_pair(text):
    if re.fullmatch(r"-?\d+/\d+", text):
        top, bottom = (int(part) for part in text.split("/"))
        return (top, bottom) if bottom else None
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?", text)
    if not match:
        return None
    digits = match[3] or ""
    return int(match[1] + match[2] + digits), 10 ** len(digits)


def grade_answer(pred_text, gt_text):
    left, right = clean(pred_text or ""), clean(gt_text or "")
    if left == "" or right == "":
        return False
    a, b = as_pair(left), as_pair(right)
    if a and b:
        return a[0] * b[1] == b[0] * a[1]
    return left == right
