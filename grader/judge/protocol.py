"""Validates the replies of a learner's process before the judge uses them.

The learner's code runs in that process, so a reply can be any data: of a wrong type, for a different request, huge.
"""

from __future__ import annotations

from typing import Any

import torch

from engine.frames import BadFrame

MAX_TEXT, MAX_LINE = 4000, 10**7
MAX_SYMBOLS, MAX_SIDE_EFFECTS, MAX_TENSORS, MAX_DIGESTS = 200, 20, 3000, 10_000
REPORT_TEXTS = ("kind", "text", "code", "where", "module", "suggestion")
REPLY_TYPES = {
    "loaded": dict,
    "broken": dict,
    "raised": dict,
    "unsendable": str,
    "made": list,
    "seen": list,
    "side_effects": dict,
    "aliases": dict,
    "methods": list,
    "parts": dict,
    "part_problems": dict,
    "complete": bool,
    "imported": bool,
}


def validate(reply: Any, request_id: str) -> dict[str, Any]:
    """Returns the reply's known fields, with the right types and bounded. Raises BadFrame where it is not a reply to
    the request; the first reply, after loading, has the id ""."""
    if not isinstance(reply, dict):
        raise BadFrame("a reply that is not an object")
    if reply.get("asked", "") != request_id:
        raise BadFrame("a reply to a different request")
    for name, kind in REPLY_TYPES.items():
        if name in reply and not isinstance(reply[name], kind):
            raise BadFrame(f"a reply whose `{name}` is a {type(reply[name]).__name__}")
    if not request_id and not {"loaded", "broken"} & set(reply):
        raise BadFrame("a reply before any request")
    clean: dict[str, Any] = {}
    if reply.get("patched") is not None:
        clean["patched"] = _text(reply["patched"])
    if "loaded" in reply:
        clean["loaded"] = _texts(reply["loaded"], MAX_SYMBOLS)
        clean["aliases"] = _texts(reply.get("aliases", {}), MAX_SYMBOLS)
    for name in ("broken", "raised"):
        if reply.get(name):
            clean[name] = _report(reply[name])
    if "parts" in reply:
        clean["parts"] = _texts(reply["parts"], MAX_SYMBOLS)
        clean["part_problems"] = _texts(reply.get("part_problems", {}), MAX_SYMBOLS)
    if "methods" in reply:
        clean["methods"] = [_text(name) for name in reply["methods"][:MAX_SYMBOLS]]
    clean["imported"] = reply.get("imported", False)
    if "unsendable" in reply:
        clean["unsendable"] = _text(reply["unsendable"])
    if "made" in reply:
        clean["made"] = [tensor for tensor in reply["made"][:MAX_TENSORS] if _is_multiset(tensor)]
        clean["complete"] = reply.get("complete", True)
        clean["seen"] = [digest for digest in reply.get("seen", [])[:MAX_DIGESTS] if isinstance(digest, str)]
    if "result" in reply:
        clean["result"] = reply["result"]
        clean["side_effects"] = _texts(reply.get("side_effects", {}), MAX_SIDE_EFFECTS)
    if request_id and not {"result", "raised", "unsendable", "made", "patched"} & set(clean):
        raise BadFrame("an empty reply")
    return clean


def parse_progress(reply: Any) -> tuple[int, int, float] | None:
    """Returns (step, of, loss) of a progress report, which is only displayed; None for other replies."""
    match reply:
        case {"progress": [int(step), int(of), int() | float() as loss]} if 0 <= step <= of < 2**31:
            return step, of, float(loss)
        case {"progress": _}:
            raise BadFrame("a malformed progress report")
    return None


def _report(report: dict[Any, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {name: _text(report[name]) for name in REPORT_TEXTS if report.get(name) is not None}
    for name in ("line", "column"):
        value = report.get(name)
        clean[name] = value if type(value) is int and 0 < value < MAX_LINE else None
    for name in ("outside", "syntax", "is_part"):
        clean[name] = bool(report.get(name) is True)
    return {"kind": "Exception", "text": "", "code": "", **clean}


def _texts(values: dict[Any, Any], limit: int) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in list(values.items())[:limit]}


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
