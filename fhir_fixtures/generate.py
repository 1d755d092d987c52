"""Writes every synthetic patient, hook call and hostile chart: ``python fhir_fixtures/generate.py [directory]``.

The same bytes each time: no clock, no chance. What must come out is written by hand beside each chart.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from charts import hook_requests, hostile, itp, look_alikes, myositis, others, overview, sle, ssc

HERE = Path(__file__).parent
PATIENTS = [
    *sle.PATIENTS,
    *ssc.PATIENTS,
    *myositis.PATIENTS,
    *itp.PATIENTS,
    *look_alikes.PATIENTS,
    *others.PATIENTS,
]


def files() -> dict[str, bytes]:
    """Every generated file by its path under this directory."""
    made = {"README.md": overview.readme(PATIENTS).encode()}
    for patient in PATIENTS:
        place = f"patients/{patient.slug}"
        made[f"{place}/bundle.json"] = _json(patient.bundle())
        made[f"{place}/expected.json"] = _json(patient.expected_json())
        made[f"{place}/about.md"] = patient.about().encode()
    made |= {path: _json(call) for path, call in hook_requests.files().items()}
    made["requests/README.md"] = hook_requests.README.encode()
    return made | hostile.files()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def main(directory: Path) -> None:
    made = files()
    for path, content in made.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    print(f"{len(made)} files, {len(PATIENTS)} patients, in {directory}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
