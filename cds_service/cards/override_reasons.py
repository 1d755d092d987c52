"""Why a clinician may set a card aside, in HL7's own words.

Codes and displays are those of the code system in the CDS Hooks 3.0.0 ballot
(https://cds-hooks.hl7.org/2026Jan/en/CodeSystem-non-adherence-reason-codes.html).
"""

from __future__ import annotations

from cds_service.cards.card import Coding

SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"

OVERRIDE_REASONS = tuple(
    Coding(system=SYSTEM, code=code, display=display)
    for code, display in (
        ("patient-ineligible", "Patient does not meet eligibility for recommended action"),
        ("action-completed", "Recommended action was already completed"),
        (
            "need-more-info",
            (
                "Could not address recommended action due to need for more information/pending results/"
                "pending consult"
            ),
        ),
        ("patient-refuses", "Patient refuses/declines (no context given)*"),
        ("service-not-available", "Treatment or service is not practically available"),
        (
            "recipient-disagrees-evidence",
            "Recipient disagrees with recommendation because of issues with the evidence",
        ),
    )
)
