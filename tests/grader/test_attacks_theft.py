"""Correct answers cannot be read: from frames, tables, memory, files, `parts` or others' solutions."""

from __future__ import annotations

import ast
import base64
import textwrap

from exercises.course import Course
from exercises.exercise import Exercise
from tests.support.grading import Service

MARK = "solution-of-somebody-else-7f3a"


def wrong(right: str) -> str:
    source = right.replace("scores / keys.shape[-1] ** 0.5", "scores")
    assert source != right
    return source


def test_memory_contains_nothing_of_others(service: Service, course: Course, causal: Exercise, right: str) -> None:
    """The patterns consist of classes of single letters, so that they do not match themselves."""
    reader = textwrap.dedent(
        """
        import re
        maps = [line.split()[:2] for line in open("/proc/self/maps")]
        found = 0
        for span, rights in maps:
            low, high = (int(end, 16) for end in span.split("-"))
            if rights.startswith("rw") and high - low < 2**29:
                with open("/proc/self/mem", "rb", 0) as memory:
                    try:
                        memory.seek(low)
                        piece = memory.read(high - low)
                    except (OSError, ValueError):
                        continue
                for pattern in PATTERNS:
                    found += len(re.findall(pattern, piece))
        print("found", found)
        """
    )

    def pattern(text: str) -> str:
        # a class for each letter, so that the pattern itself is not what it finds
        return "rb'" + "".join(f"[{c}]" if c.isalnum() else "." for c in text) + "'"

    words = [MARK, *(base64.b64encode(b"\0" * n + MARK.encode()).decode()[4:-4] for n in range(3)), "mask-hides-itself",
             "heads_apart"]  # fmt: skip
    spy = right.replace("scaled_scores = scores", "scaled = scores") + reader.replace(
        "PATTERNS", "[" + ", ".join(pattern(word) for word in words) + "]")  # fmt: skip
    marked = (right + f"\nprint({MARK!r})\n# {MARK}\n").encode()
    for _ in range(2):
        service.check(causal, marked)
        assert "found 0" in service.check(causal, spy).output
    later = course.exercise("multi-head-attention")  # its processes get this exercise's answer as a part
    service.run(service.grader.check_many(later, [later.stub.encode()] * 2))
    several = service.run(service.grader.check_many(causal, [marked, spy.encode(), marked, spy.encode()]))
    assert [verdict.output for verdict in several[1::2]] == ["found 0\n"] * 2


def test_no_frame_table_or_collector_leads_to_an_answer(service: Service, causal: Exercise, right: str) -> None:
    """Searches all reachable objects for others' sources and the reference, by names that are built at run time."""
    walker = textwrap.dedent(
        """
        def search():
            import base64
            here = __import__("s" + "ys")
            collector = __import__("g" + "c")
            frame = getattr(here, "_get" + "frame")()
            texts = []
            while frame is not None:
                texts += [value for value in getattr(frame, "f_" + "locals").values()]
                texts += [value for value in getattr(frame, "f_" + "globals").values()]
                frame = getattr(frame, "f_" + "back")
            objects = getattr(collector, "get_" + "objects")()
            for one in [*objects, *texts]:
                try:
                    if type(one) in (list, tuple, set):
                        texts += [item for item in one if type(item) in (str, bytes, bytearray)]
                    elif type(one) is dict:
                        texts += [item for item in one.values() if type(item) in (str, bytes, bytearray)]
                except Exception:
                    continue
            hits = 0
            for text in texts:
                if type(text) is not str:
                    text = text.decode("latin-1") if type(text) in (bytes, bytearray) else ""
                forms = [text]
                try:
                    forms.append(base64.b64decode(text, validate=True).decode("latin-1"))
                except Exception:
                    pass
                for form in (form for form in forms if len(form) > 40):  # shorter ones are this code's own words
                    hits += ("some" + "body-else-7f" + "3a") in form
                    hits += ("masked_fill(se" + "lf.mask[:T, :T], fl") in form and ("def se" + "arch") not in form
            return hits
        print("hits", search())
        """
    )
    marked = (right + f"\n# {MARK}\n").encode()
    spy = wrong(right).replace("masked_fill(self.mask[:T, :T], float", "masked_fill(self.mask[:T, :T] , float") + walker
    service.check(causal, marked)
    many = service.run(service.grader.check_many(causal, [marked, spy.encode()]))
    for verdict in (service.check(causal, spy), many[1]):
        assert not verdict.passed
        stopped = "reaches into the process" in verdict.message  # it is seen at its first frame, and ended
        assert verdict.output == "hits 0\n" or (stopped and not verdict.output), verdict
    assert not many[1].passed


def test_parts_hold_nothing_of_the_part_under_test(service: Service, course: Course) -> None:
    """The offered sources never contain the classes and functions under test."""
    from grader.parts import offered_parts
    from grader.source.slicing import sliced, statements_of

    for exercise in course.exercises:
        sources, offers = sliced(
            [(module, name) for module, _, name in (part.partition(":") for part in offered_parts(exercise))]
        )
        assert not set(exercise.symbols) & set(offers)
        under_test = {
            ast.unparse(statement)
            for statement in statements_of(exercise.reference)
            if getattr(statement, "name", None) in exercise.symbols
        }
        assert under_test
        for name, source in sources.items():
            given = {ast.unparse(statement) for statement in ast.parse(source).body}
            assert not given & under_test, (exercise.id, name)
