"""What a clinician did with a card, as a client reports it (https://cds-hooks.hl7.org/2.0/#feedback).

Members that are not used here are ignored. Of an override reason system and code are read; its ``display``
repeats the card's and is often left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

import msgspec

from cds_service.errors import BadRequest, TooLarge
from cds_service.hooks.call import decode_json

MOST_ENTRIES = 500
LONGEST_ID = 64
LONGEST_CODE = 200
LONGEST_COMMENT = 4000
OUTCOMES = ("accepted", "overridden")

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,30}))?(?:([Zz])|([+-]\d{2}:\d{2}))", re.ASCII
)
_object = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class CardFeedback:
    """One entry. ``comment`` is free text and may name the patient."""

    card: str
    outcome: str
    at: datetime
    accepted_suggestions: tuple[str, ...] = ()
    reason_system: str | None = None
    reason_code: str | None = None
    comment: str | None = None


def read_feedback(body: bytes) -> tuple[CardFeedback, ...]:
    """Every entry of a feedback call. Raises BadRequest or TooLarge, which name the element that is wrong."""
    listed = decode_json(body, _object).get("feedback")
    if not isinstance(listed, list) or not listed:
        raise BadRequest('"feedback" is missing or empty. Send one entry for each card.', "feedback")
    if len(listed) > MOST_ENTRIES:
        raise TooLarge(f"More than {MOST_ENTRIES} entries in one call. Send them in several.", "feedback")
    return tuple(_entry(each, f"feedback[{number}]") for number, each in enumerate(listed))


def _entry(entry: Any, path: str) -> CardFeedback:
    entry = _members(entry, path)
    outcome = entry.get("outcome")
    if outcome not in OUTCOMES:
        raise BadRequest('Send "accepted" or "overridden" as outcome.', f"{path}.outcome")
    card = _text(entry, "card", path, LONGEST_ID)
    at = _moment(entry.get("outcomeTimestamp"), f"{path}.outcomeTimestamp")
    if outcome == "accepted":
        return CardFeedback(card, outcome, at, _suggestions(entry, path))
    reason, path = _optional(entry, "overrideReason", path)
    coding, coding_path = _optional(reason, "reason", path)
    return CardFeedback(
        card,
        outcome,
        at,
        reason_system=_text(coding, "system", coding_path, LONGEST_CODE) if coding.get("system") else None,
        reason_code=_text(coding, "code", coding_path, LONGEST_CODE) if coding else None,
        comment=_text(reason, "userComment", path, LONGEST_COMMENT, "\n\r\t")
        if reason.get("userComment")
        else None,
    )


def _suggestions(entry: dict[str, Any], path: str) -> tuple[str, ...]:
    path = f"{path}.acceptedSuggestions"
    listed = entry.get("acceptedSuggestions")
    if not isinstance(listed, list) or not listed:
        raise BadRequest("Name the suggestions that were accepted: a list of objects with an id.", path)
    if len(listed) > MOST_ENTRIES:
        raise TooLarge(f"More than {MOST_ENTRIES} suggestions on one card.", path)
    ids = []
    for number, each in enumerate(listed):
        where = f"{path}[{number}]"
        ids.append(_text(_members(each, where), "id", where, LONGEST_ID))
    return tuple(dict.fromkeys(ids))


def _optional(entry: dict[str, Any], name: str, path: str) -> tuple[dict[str, Any], str]:
    """The object under that name, empty where there is none, and its path."""
    path = f"{path}.{name}"
    return ({} if entry.get(name) is None else _members(entry[name], path)), path


def _members(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest("Send an object here.", path)
    return value


def _text(entry: dict[str, Any], name: str, path: str, longest: int, also: str = "") -> str:
    """A text without control characters, which neither PostgreSQL nor a terminal takes well."""
    value = entry.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= longest:
        raise BadRequest(f"Send a text of at most {longest} characters here.", f"{path}.{name}")
    if any(category(c) in ("Cc", "Cs") and c not in also for c in value):
        raise BadRequest("Send a text without control characters here.", f"{path}.{name}")
    return value


def _moment(value: Any, path: str) -> datetime:
    """A moment as RFC 3339 has it, with its offset; kept to the microsecond in UTC."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            day, time, fraction, zulu, offset = found.groups()
            text = f"{day}T{time}.{(fraction or '0')[:6].ljust(6, '0')}{'+00:00' if zulu else offset}"
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRequest("Send the moment as in 2026-11-22T09:30:00Z.", path)
