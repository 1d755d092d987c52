"""Writes every synthetic patient: ``python fhir_fixtures/generate.py [directory]``.

The same files each time: no clock, no chance. What must come out is written by hand beside each chart.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from charts import itp, myositis, others, sle, ssc

HERE = Path(__file__).parent
PATIENTS = [*sle.PATIENTS, *ssc.PATIENTS, *myositis.PATIENTS, *itp.PATIENTS, *others.PATIENTS]


def files() -> dict[str, str]:
    """Every generated file by its path under this directory."""
    made = {}
    for patient in PATIENTS:
        place = f"patients/{patient.slug}"
        made[f"{place}/bundle.json"] = _json(patient.bundle())
        made[f"{place}/expected.json"] = _json(patient.expected_json())
        made[f"{place}/about.md"] = patient.about()
    return made


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main(directory: Path) -> None:
    made = files()
    for path, text in made.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    print(f"{len(made)} files of {len(PATIENTS)} patients in {directory}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
