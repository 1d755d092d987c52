"""The one line of a card: which trial, and what stands between it and the patient."""

from __future__ import annotations

from cds_service.cards.card import LONGEST_SUMMARY
from cds_service.cards.markdown import clip, escape, escape_clipped
from cds_service.cards.open_items import tally
from cds_service.matching import TrialMatch


def summary(match: TrialMatch) -> str:
    """Such as "NCT06513429 (IM19…): possible match – nothing failed, 5 data missing, 12 to confirm"."""
    trial = match.trial
    found = tally(match)
    state = "possible match" if trial.complete else "possible match, criteria incomplete"
    parts = ["nothing failed"]
    if match.relevance_unsure:
        parts.append("diagnosis to confirm")
    if found.data_missing:
        parts.append(f"{found.data_missing} data missing")
    if found.to_confirm:
        parts.append(f"{found.to_confirm} to confirm")
    ending = f": {state} – {', '.join(parts)}"
    name = clip(trial.id, 64)
    about = f"{'/'.join(match.cohorts)}, {trial.title}" if match.cohorts else trial.title
    return f"{escape(name)}{_brief(about, LONGEST_SUMMARY - len(escape(name)) - len(ending))}{ending}"


def _brief(about: str, room: int) -> str:
    """As much of the title as fits with its brackets; escaping counts, and is never cut through."""
    for longest in range(room - 3, 7, -1):
        text = escape_clipped(about, longest)
        if len(text) + 3 <= room:
            return f" ({text})"
    return ""
