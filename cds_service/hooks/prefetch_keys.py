"""Which resource types each prefetch key is the answer for.

The keys are those of our own templates. A site that was set up by hand may use its own names: such a key
answers for the types that it holds, and stands in for our key of the same type.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cds_service.hooks.call import Prefetch


class _Typed(msgspec.Struct, rename="camel"):
    resource_type: str | None = None


class _Entry(msgspec.Struct):
    resource: _Typed | None = None


class _Answer(msgspec.Struct, rename="camel"):
    resource_type: str | None = None
    entry: list[_Entry] = []


_answers = msgspec.json.Decoder(_Answer)


def keys_for(prefetch: Prefetch, asked: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """By key, in our order and then theirs, the resource types that it answers for."""
    ours = {key: (resource_type(template),) for key, template in asked.items()}
    theirs = {
        key: kinds for key, raw in prefetch.items() if key not in ours and (kinds := _kinds_in(bytes(raw)))
    }
    covered = {kind for kinds in theirs.values() for kind in kinds}
    return {key: kinds for key, kinds in ours.items() if key in prefetch or not covered & set(kinds)} | theirs


def resource_type(template: str) -> str:
    """``Observation`` of ``Observation?patient=…``."""
    return template.partition("?")[0].partition("/")[0]


def failed(raw: bytes) -> bool:
    """Whether it says that the query failed: an OperationOutcome, alone or among the entries."""
    answer = _read(raw)
    if answer is None:
        return False
    kinds = [answer.resource_type, *(each.resource.resource_type for each in answer.entry if each.resource)]
    return "OperationOutcome" in kinds


def _kinds_in(raw: bytes) -> tuple[str, ...]:
    answer = _read(raw)
    if answer is None:
        return ()
    if answer.resource_type != "Bundle":
        return (answer.resource_type,) if answer.resource_type else ()
    kinds = (entry.resource.resource_type for entry in answer.entry if entry.resource)
    return tuple(dict.fromkeys(kind for kind in kinds if kind and kind != "OperationOutcome"))


def _read(raw: bytes) -> _Answer | None:
    try:
        return _answers.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
