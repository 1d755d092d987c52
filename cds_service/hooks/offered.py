"""The services offered: the same matching at two moments of the work with a chart.

Each has an id of its own. Two services of one id would tell a client that the later cards replace the earlier
(https://cds-hooks.hl7.org/2.0/#update-stale-guidance), and a client that keeps services by their address, as
the CDS Hooks sandbox does, would know only one of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offered:
    """One service. ``needs`` are the members of ``context`` without which a call is refused."""

    id: str
    hook: str
    title: str
    occasion: str
    needs: tuple[str, ...]


PATIENT_VIEW = Offered(
    id="cart-trial-match",
    hook="patient-view",
    title="CAR-T trials for this patient",
    occasion="When a chart is opened",
    needs=("patientId",),
)
"""Of ``context`` the patient suffices: no call fails for want of what is not used."""

ENCOUNTER_START = Offered(
    id="cart-trial-match-encounter-start",
    hook="encounter-start",
    title="CAR-T trials for this patient, at the start of an encounter",
    occasion="When an encounter starts, as planned, on arrival or on admission",
    needs=("patientId", "userId", "encounterId"),
)
"""All three are required by the hook (https://cds-hooks.org/hooks/encounter-start/)."""

OFFERED = (PATIENT_VIEW, ENCOUNTER_START)
