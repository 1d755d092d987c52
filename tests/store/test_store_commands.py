import json

import pytest
from answers_shown import NOW, given, shown
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.settings import Settings
from cds_service.store.kept import open_store


def run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def filled():
    store = open_store(Settings())
    store.shown.add(shown())
    store.shown.add(shown(card=None, patient="Patient/9"))
    store.feedback.add("our-ehr", [given(reason_code="patient-[red]refuses"), given(card="unknown")], NOW)
    store.close()


def test_upgrade_says_what_it_did():
    assert run("store", "upgrade").output == "The store is at revision 0001.\n"
    assert run("store", "upgrade").output == "The store is at revision 0001 already.\n"


@pytest.mark.parametrize("command", [("feedback",), ("audit", "export")])
def test_without_a_store_there_is_nothing_to_tell(command):
    answer = run(*command)
    assert answer.exit_code == 1
    assert "no store" in answer.output


def test_the_report_is_a_table(filled):
    lines = run("feedback").output.splitlines()
    assert lines[1].split() == ["NCT00000001", "1", "0", "1", "patient-[red]refuses:", "1"]
    assert lines[2].endswith(": 1")


def test_the_report_of_one_client_or_day_as_json(filled):
    assert len(json.loads(run("feedback", "--json").output)["feedback"]) == 2
    for none in (("--client", "other"), ("--since", "2026-11-23")):
        assert json.loads(run("feedback", "--json", *none).output)["feedback"] == []


def test_the_trail_as_lines_as_a_bundle_and_of_one_patient(filled):
    lines = run("audit", "export").output.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["cart-cds-1", "cart-cds-2"]
    assert len(json.loads(run("audit", "export", "--format", "bundle").output)["entry"]) == 2
    one = run("audit", "export", "--client", "our-ehr", "--patient", "Patient/9").output.splitlines()
    assert [json.loads(line)["id"] for line in one] == ["cart-cds-2"]
    assert run("audit", "export", "--since", "2026-11-23").output == ""


def test_a_patient_is_of_a_client(filled):
    assert run("audit", "export", "--patient", "Patient/9").exit_code == 2
