"""The metrics in docs/deploying.md are those that there are."""

import re
from pathlib import Path

from cds_service.watch import metrics

PAGE = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
SUFFIXES = re.compile(r"_(bucket|count|sum)$")


def known():
    families = {family.name: family for family in metrics.REGISTRY.collect()}
    return {f"{name}_total" if family.type == "counter" else name for name, family in families.items()}


def test_every_metric_is_in_the_table():
    ours = {name for name in known() if name.startswith("cart_cds_")}
    rows = set(re.findall(r"^\| `(cart_cds_\w+)` \|", PAGE, re.MULTILINE))
    assert rows == ours


def test_every_metric_that_the_page_names_exists():
    named = {SUFFIXES.sub("", name) for name in re.findall(r"\bcart_cds_\w+", PAGE)} - {"cart_cds"}
    assert named <= known()
