"""What a failing FHIR server costs a call: each fault injected, the answer, its time, and what was kept.

    python benchmarks/faults.py [deadline in seconds, 2]

Each fault is tried twice: by a server that fails wholly (then there is no chart, and the answer is 412), and
by one that fails for Procedure alone (then the cards say what is missing). Beside it stands the same call to
a server that answers everything.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "fetching"))

from ehr import AS_OF, FAULTS, chart, running, well_behaved  # noqa: E402

from cds_service.hooks.matcher import Matcher  # noqa: E402
from cds_service.settings import Settings  # noqa: E402
from cds_service.web.app import create_app  # noqa: E402

PATH = "/cds-services/cart-trial-match"
UNREAD = "Part of the chart could not be read: the EHR's FHIR server "

Behaviour = Callable[[Any, Any], None]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    matcher = Matcher.load()
    ordinary = well_behaved(chart())

    def for_one_type(fault: Behaviour) -> Behaviour:
        return lambda request, out: (fault if request.kind == "Procedure" else ordinary)(request, out)

    print(f"Deadline {seconds:g} s; every answer is due by {seconds + 0.3:g} s.\n")
    print("| the server | fails wholly | time | fails for Procedure alone | time |")
    print("|---|---|---|---|---|")
    print(f"| answers everything | {_row(*_call(matcher, ordinary, seconds))} | | |")
    worst = 0.0
    for name, fault in FAULTS.items():
        whole, part = _call(matcher, fault, seconds), _call(matcher, for_one_type(fault), seconds)
        worst = max(worst, whole[1], part[1])
        print(f"| {name} | {_row(*whole)} | {_row(*part)} |")
    print(f"\nThe longest took {worst:.2f} s: {worst / seconds:.2f} x the deadline.")


def _call(matcher: Matcher, behave: Behaviour, seconds: float) -> tuple[Any, float]:
    with running(behave) as server, tempfile.TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data), fhir_bases=(server.base,), fetch_deadline_seconds=seconds)
        app = create_app(settings, matcher=matcher, today=lambda: AS_OF, log_stream=StringIO())
        body = {
            "hook": "patient-view",
            "hookInstance": "00000000-0000-4000-8000-000000000001",
            "context": {"userId": "Practitioner/test-clinician-one", "patientId": "p1"},
            "fhirServer": server.base,
        }
        begun = time.monotonic()
        answer = app.test_client().post(PATH, json=body)
        return answer, time.monotonic() - begun


def _row(answer: Any, taken: float) -> str:
    why = answer.text.partition(UNREAD)[2].partition(" (asked for")[0]
    cards = f"{len(answer.json['cards'])} cards" if answer.status_code == 200 else ""
    return f"{', '.join(filter(None, [str(answer.status_code), cards, why]))} | {taken:.2f} s"


if __name__ == "__main__":
    main()
