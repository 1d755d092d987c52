"""What was shown and said of it, for tests of the store."""

from datetime import UTC, date, datetime

from cds_service.hooks.feedback import CardFeedback
from cds_service.store.shown import Shown, TrialShown

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CARD = "00000000-0000-4000-8000-000000000002"


def shown(*, card=CARD, **more):
    return Shown(
        **{
            "at": NOW,
            "request": "r-1",
            "client": "our-ehr",
            "tenant": None,
            "endpoint": "patient-view",
            "patient": "Patient/123",
            "user": "Practitioner/7",
            "rules_version": "sha256:test",
            "as_of": date(2026, 11, 22),
            "trials": (
                TrialShown("NCT00000001", "possible-match", 9, 0, 14, card),
                TrialShown("test-local-trial", "ruled-out", 2, 1, 5),
            ),
        }
        | more
    )


def given(**more):
    return CardFeedback(**{"card": CARD, "outcome": "overridden", "at": NOW} | more)
