"""Each bundled hostile chart is posted: status, platelet criterion and issue are as its table says."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from contract import ContractClient

from cds_service.settings import Settings
from cds_service.web.app import create_app

HOSTILE = Path(__file__).parents[2] / "fhir_fixtures" / "hostile"
EXPECTED = json.loads((HOSTILE / "expected.json").read_text("utf-8"))
AS_OF = "2026-11-01"


@pytest.fixture(scope="module")
def client():
    app = create_app(Settings(), log_stream=StringIO())
    app.test_client_class = ContractClient
    return app.test_client()


@pytest.mark.parametrize("name", EXPECTED)
def test_it_comes_out_as_the_table_says(client, name):
    wanted = EXPECTED[name]
    body = (HOSTILE / f"{name}.json").read_bytes()
    answer = client.post(f"/match?asOf={AS_OF}&trial={wanted['trial']}", data=body)
    assert answer.status_code == wanted["status"], answer.text[:300]
    if answer.status_code != 200:
        assert answer.json["resourceType"] == "OperationOutcome"
        return
    found = answer.json["trials"][0]
    criterion = next(each for each in found["criteria"] if each["id"] == "E11f")
    assert found["result"] == wanted["result"]
    if wanted["E11f"] is not None:
        assert criterion["outcome"] == wanted["E11f"], criterion["explanation"]
    issues = [each["text"] for each in answer.json["issues"]]
    if wanted["issue"] is None:
        assert issues == []
    else:
        assert any(wanted["issue"] in text for text in issues), issues


def test_every_file_is_in_the_table():
    assert {path.stem for path in HOSTILE.glob("*.json")} - {"expected"} == set(EXPECTED)
