"""``python -m cds_service.concepts.derive REFERENCE_DIR [OUT_DIR]``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PARTS = ("labs", "qualitative", "codes", "drugs")
OUT = Path(__file__).parents[3] / "rules" / "concepts"


def main(arguments: list[str]) -> int:
    """Write every derived file; 2 where the call is wrong."""
    if len(arguments) not in (1, 2) or not Path(arguments[0]).is_dir():
        sys.stderr.write("Give the directory of the reference tables: derive REFERENCE_DIR [OUT_DIR]\n")
        return 2
    reference = Path(arguments[0])
    out = Path(arguments[1]) if len(arguments) == 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        importlib.import_module(f"cds_service.concepts.derive.{part}").derive(reference, out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
