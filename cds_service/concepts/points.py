"""Items of point scores that a chart can show: what each asks for, and how many points it gives.

The data are ``sledai_2k.csv`` and ``classification_points.csv`` in ``rules/concepts``. Only items whose tests
and codes stand there are listed: what is found is a part of the score, never the score.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

from cds_service.concepts.codes import CodeConcepts
from cds_service.concepts.labs import LabConcepts
from cds_service.errors import RuleError

SLEDAI = "sledai-2k"
ENTRY = "entry"
"""The domain of what must be there before any points count."""


class How(StrEnum):
    """What makes an item so."""

    ABOVE = "above"  # a number above the limit
    BELOW = "below"  # a number below the limit
    LOW = "low"  # a number below the range that was printed with it
    POSITIVE = "positive"  # a qualitative result, or above the range that was printed with it
    TITRE = "titre"  # one in that many or more; positive where no titre is told
    DIAGNOSIS = "diagnosis"


_LIMITED = (How.ABOVE, How.BELOW, How.TITRE)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a score. Of several concepts any one suffices, unless ``all_of_them``."""

    domain: str  # only the item with most points counts in each
    name: str
    points: int
    how: How
    concepts: tuple[str, ...]
    all_of_them: bool = False
    limit: Decimal | None = None
    clinical: bool = False


def load_points(directory: Path, labs: LabConcepts, codes: CodeConcepts) -> dict[str, tuple[Item, ...]]:
    """The items of each score, most points first. Raises RuleError with file:line where a table is wrong."""
    found: dict[str, list[Item]] = {}
    for name in ("sledai_2k.csv", "classification_points.csv"):
        for line, row in _rows(directory / name):
            try:
                item = _item(row, labs, codes)
            except (KeyError, ValueError, InvalidOperation) as error:
                said = f"this row cannot be read ({error}). Give every column a value of its kind."
                raise RuleError(said, name, line) from error
            found.setdefault(row.get("criteria", SLEDAI), []).append(item)
    return {
        key: tuple(sorted(items, key=lambda item: item.points, reverse=True)) for key, items in found.items()
    }


def _item(row: Mapping[str, str], labs: LabConcepts, codes: CodeConcepts) -> Item:
    how, concepts = How(row["how"]), tuple(row["concepts"].split())
    known = codes.concepts if how is How.DIAGNOSIS else labs.by_key
    if not concepts or set(concepts) - set(known):
        raise ValueError(f'"{row["concepts"]}" is not known')
    limit = Decimal(row["limit"]) if row["limit"] else None
    if (how in _LIMITED) is (limit is None):
        raise ValueError("a limit stands with above, below and titre, and only there")
    if how in (How.ABOVE, How.BELOW) and any(labs.concept(key).unit != row["unit"] for key in concepts):
        raise ValueError(f"the limit must be in {labs.concept(concepts[0]).unit}")
    return Item(
        domain=row.get("domain") or row["item"],
        name=row["item"],
        points=int(row["points"]),
        how=how,
        concepts=concepts,
        all_of_them=row["all"] == "yes",
        limit=limit,
        clinical=row.get("clinical") == "yes",
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise RuleError(f"cannot be read ({error.strerror}). Restore the file.", path.name) from None
