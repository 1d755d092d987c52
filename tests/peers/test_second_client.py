"""healthchain's sandbox client as a second CDS client: it reads our answers with its own models."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from charts_for_hapi import SLUGS, chart, prefetch_of

SCRIPT = Path(__file__).parent / "healthchain_client.py"
SLUG = SLUGS[0]


@pytest.fixture
def run(peers, service, queries, tmp_path):
    prefetch = tmp_path / "prefetch.json"
    prefetch.write_text(json.dumps(prefetch_of(chart(SLUG), queries)), "utf-8")

    def call(*patient):
        url = f"{service}/cds-services/cart-trial-match"
        done = subprocess.run(
            [str(peers / "python"), str(SCRIPT), url, str(prefetch), *patient],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1]), done.stderr

    return call


def test_it_reads_the_cards(run):
    (answer,), _ = run(SLUG)
    assert [card["summary"].split(" ")[0] for card in answer["cards"]] == [
        "NCT06513429",
        "zhejiang-ultrafast-sle",
    ]
    assert {card["indicator"] for card in answer["cards"]} == {"info"}


def test_a_patient_id_that_it_made_up_is_refused(run):
    """As it stands, its calls name a random patient beside the chart of another one."""
    (answer,), said = run()
    assert "cards" not in answer or answer["cards"] == []
    assert "400" in said + json.dumps(answer)
