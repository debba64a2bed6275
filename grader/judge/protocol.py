"""What a learner's process may answer: every reply is held against this before the judge looks at it.

The process is the learner's, so a reply may be anything that is data: of another type, for another question, endless.
"""

from __future__ import annotations

from typing import Any

import torch

from engine.frames import BadFrame

MAX_TEXT, MAX_LINE, MAX_MADE, MAX_SEEN = 4000, 10**7, 3000, 10_000
TEXTS = ("kind", "text", "code", "where", "module")
KINDS = {
    "loaded": dict,
    "broken": dict,
    "raised": dict,
    "unsendable": str,
    "made": list,
    "seen": list,
    "side_effects": dict,
}


def validate(reply: Any, asked: str) -> dict[str, Any]:
    """The reply with all its parts of the right types and bounded; raises BadFrame where it is none to the
    question `asked` ("" for the first reply, which answers none)."""
    if not isinstance(reply, dict):
        raise BadFrame("a reply that is no object")
    if reply.get("asked", "") != asked:
        raise BadFrame("an answer to a question that was not asked")
    for name, kind in KINDS.items():
        if name in reply and not isinstance(reply[name], kind):
            raise BadFrame(f"a reply whose `{name}` is a {type(reply[name]).__name__}")
    if not asked and not {"loaded", "broken"} & set(reply):
        raise BadFrame("an answer before any question")
    clean: dict[str, Any] = {}
    if reply.get("patched") is not None:
        clean["patched"] = _text(reply["patched"])
    if "loaded" in reply:
        clean["loaded"] = {_text(name): _text(value) for name, value in list(reply["loaded"].items())[:200]}
    for name in ("broken", "raised"):
        if reply.get(name):
            clean[name] = _report(reply[name])
    if "unsendable" in reply:
        clean["unsendable"] = _text(reply["unsendable"])
    if "made" in reply:
        clean["made"] = [one for one in reply["made"][:MAX_MADE] if _is_multiset(one)]
        clean["seen"] = [one for one in reply.get("seen", [])[:MAX_SEEN] if isinstance(one, str)]
    if "result" in reply:
        clean["result"] = reply["result"]
        clean["side_effects"] = {
            _text(kind): _text(says) for kind, says in list(reply.get("side_effects", {}).items())[:20]
        }
    if asked and not {"result", "raised", "unsendable", "made", "patched"} & set(clean):
        raise BadFrame("an answer that says nothing")
    return clean


def progress(reply: Any) -> tuple[int, int, float] | None:
    """(step, of, loss) where a frame is a report of progress; it is shown, and nothing rests on it."""
    match reply:
        case {"progress": [int(step), int(of), int() | float() as loss]} if 0 <= step <= of < 2**31:
            return step, of, float(loss)
        case {"progress": _}:
            raise BadFrame("a report of progress that is none")
    return None


def _report(report: dict[Any, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {name: _text(report[name]) for name in TEXTS if report.get(name) is not None}
    for name in ("line", "column"):
        value = report.get(name)
        clean[name] = value if type(value) is int and 0 < value < MAX_LINE else None
    for name in ("outside", "syntax"):
        clean[name] = bool(report.get(name) is True)
    return {"kind": "Exception", "text": "", "code": "", **clean}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(type(value).__name__)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …"


def _is_multiset(value: Any) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.dtype is torch.float32
        and value.dim() == 1
        and value.device.type == "cpu"
    )
