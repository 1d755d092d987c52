"""One resource whose typed decoding failed: keep what can be kept, name what cannot.

What is the same in any reading is mended: ``"5"`` where a whole number belongs, ``"true"``, a list of one
where FHIR has one element, one element where FHIR has a list, a number as an id or code, ``null`` for
"absent". Everything else that does not fit is taken out and named in ``damaged``, so that no feature takes
the rest for the whole.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cds_service.fhir.resources import Resource

MOST_REPAIRS = 20
"""So many elements are taken out one by one; after that each fault costs its whole top-level element."""

MOST_BYTES_AGAIN = 200_000_000

_HARMLESS = {"display", "note"}  # words for a reader, on which nothing is decided
_PATH = re.compile(r" - at `(?:key` in `)?\$([^`]*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0+)?")

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass
class Mended:
    """What is left of a resource: None where nothing could be saved."""

    resource: Resource | None = None
    damaged: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)  # every element taken out, harmless ones too
    reshaped: list[str] = field(default_factory=list)  # a list of one, or one for a list


class Patience:
    """How much mending one call may cost, in bytes read again; past it, bad resources are left out whole."""

    def __init__(self, most: int = MOST_BYTES_AGAIN) -> None:
        self._left = most

    def spend(self, size: int) -> bool:
        self._left -= size + 1000  # an attempt has its price, however short the resource
        return self._left > 0


def mend(raw: bytes, decoder: msgspec.json.Decoder[Any], patience: Patience) -> Mended:
    """Decode what the typed decoder refused, leaving out the elements it refuses."""
    mended = Mended()
    if not patience.spend(len(raw)):
        return mended
    tree = _tree(raw)
    if not isinstance(tree, dict):
        return mended
    while patience.spend(len(raw)):
        try:
            mended.resource = decoder.decode(_encoder.encode(tree))
        except msgspec.ValidationError as error:
            steps = _steps(str(error))
            if not steps:
                return mended
            _repair(tree, steps, str(error), mended)
        except (msgspec.DecodeError, UnicodeError, ArithmeticError):
            break
        else:
            break
    return mended


def _tree(raw: bytes) -> Any:
    """Plain JSON with numbers as written, without ``null`` and without what only this service may set."""
    try:
        tree = json.loads(raw, parse_int=_integer, parse_float=_decimal, parse_constant=str)
    except ValueError:
        return None
    if isinstance(tree, dict):
        tree = {key: value for key, value in tree.items() if not key.startswith("$")}
    return _without_null(tree)


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= 1000 else text


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal holds
        return text


def _without_null(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_null(value) for key, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_without_null(value) for value in node if value is not None]
    return node


def _steps(error: str) -> list[str | int]:
    """Where msgspec found the fault: ``$.code.coding[0].display`` as its steps, "[...]" as its parent."""
    found = _PATH.search(error)
    if not found:
        return []
    steps: list[str | int] = []
    for step in _STEP.finditer(found[1]):
        if step[1]:
            steps.append(step[1])
        elif step[2]:
            steps.append(int(step[2]))
        else:
            break
    return steps


def _repair(tree: dict[str, Any], steps: list[str | int], error: str, mended: Mended) -> None:
    if len(mended.dropped) + len(mended.reshaped) >= MOST_REPAIRS:
        steps = steps[:1]
    elif steps[-1] == "comparator":  # "<20" without its sign would be another value
        steps = steps[:-1]
    holder: Any = tree
    for step in steps[:-1]:
        holder = holder[step]
    last, path = steps[-1], _path(steps)
    if len(steps) > 1 or len(mended.reshaped) < MOST_REPAIRS:
        better = _reshape(holder[last], error, last)
        if better is not None:
            holder[last] = better
            mended.reshaped.append(path)
            return
    del holder[last]
    mended.dropped.append(path)
    if last not in _HARMLESS and steps[0] not in _HARMLESS:
        mended.damaged += dict.fromkeys((path, str(steps[0])))


def _reshape(value: Any, error: str, name: str | int) -> Any:
    """The same content in the shape that FHIR R4 has for it; None where that would be a guess."""
    wanted = error.removeprefix("Expected `").split("`")[0]
    if wanted.startswith("int"):
        whole = not isinstance(value, bool) and _WHOLE.fullmatch(str(value))
        return int(Decimal(str(value))) if whole else None
    if wanted.startswith("bool"):
        return {"true": True, "false": False}.get(value) if isinstance(value, str) else None
    if wanted.startswith("array"):
        return [value] if isinstance(value, (dict, str)) else None
    if wanted.startswith("object"):
        one = isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)
        return value[0] if one else None
    if wanted.startswith("str") and name in ("id", "code"):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
    return None


def _path(steps: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
