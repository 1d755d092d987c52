"""A site's own codes from the file to the verdict, by the command line and the running application."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.errors import RuleError
from cds_service.fhir.decode import read_bundle
from cds_service.matching import match
from cds_service.rules import RuleSet, rules_directory
from cds_service.settings import Settings
from cds_service.web import server
from cds_service.web.app import create_app

DAY = date(2026, 11, 1)
SITE = """
[systems]
"urn:oid:1.2.156.1" = "http://hl7.org/fhir/sid/icd-10"
[scores]
"http://hospital.example/codes|SLEDAI" = "sledai-2k"
[labs]
"http://hospital.example/lab|4711" = "platelets"
"""


@pytest.fixture
def site(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(SITE, encoding="utf-8")
    return file


def observation(id, system, code, value, unit=None):
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": system, "code": code}]},
        "effectiveDateTime": "2026-10-20",
        "valueQuantity": {"value": value} | ({"unit": unit} if unit else {}),
    }


CHART = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": resource}
            for resource in (
                {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1990-01-01"},
                {
                    "resourceType": "Condition",
                    "id": "dx",
                    "subject": {"reference": "Patient/1"},
                    "clinicalStatus": {"coding": [{"code": "active"}]},
                    "verificationStatus": {"coding": [{"code": "confirmed"}]},
                    "code": {"coding": [{"system": "urn:oid:1.2.156.1", "code": "M32.900x001"}]},
                },
                observation("s", "http://hospital.example/codes", "SLEDAI", 12),
                observation("p", "http://hospital.example/lab", "4711", 20, "10*9/L"),
            )
        ],
    }
).encode()


def of(rules):
    found = match(read_bundle(CHART, DAY), rules, DAY, ["NCT06513429"]).matches[0]
    return found.result, found.verdict("I6").outcome, found.verdict("E11f").outcome


def test_local_codes_decide(site):
    rules = rules_directory()
    assert of(RuleSet.load(rules)) == ("not-relevant", "unknown", "unknown")
    assert of(RuleSet.load(rules, site)) == ("ruled-out", "satisfied", "failed")


def test_the_version_covers_the_site_file(site):
    rules = rules_directory()
    versions = {RuleSet.load(rules).version, RuleSet.load(rules, site).version}
    site.write_text(f"{SITE}# another state\n", encoding="utf-8")
    versions.add(RuleSet.load(rules, site).version)
    assert len(versions) == 3
    assert all(version.startswith("sha256:") and len(version) == 71 for version in versions)


def test_the_application_reads_the_setting_and_asks_for_the_local_codes(site):
    app = create_app(Settings(site_codes=site))
    services = app.test_client().get("/cds-services").get_json()["services"]
    queries = " ".join(services[0]["prefetch"].values())
    assert "http://hospital.example/lab|4711" in queries
    assert "http://hospital.example/codes|SLEDAI" in queries


def test_a_wrong_site_file_stops_the_application(site):
    site.write_text('[labs]\n"urn:x|1" = "plt"\n', encoding="utf-8")
    with pytest.raises(RuleError, match=r"site\.toml:2"):
        create_app(Settings(site_codes=site))


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_command_line(site, tmp_path, by):
    chart = tmp_path / "chart.json"
    chart.write_bytes(CHART)
    given = {"args": ["--site", str(site)], "env": {}} if by == "option" else {
        "args": [], "env": {"CART_CDS_SITE_CODES": str(site)}
    }  # fmt: skip
    arguments = ["match", str(chart), "--json", "--as-of", str(DAY), "--trial", "NCT06513429"]
    told = CliRunner().invoke(main, [*arguments, *given["args"]], env=given["env"])
    assert json.loads(told.output)["trials"][0]["result"] == "ruled-out"


def test_check_validates_the_site_file(site):
    assert CliRunner().invoke(main, ["check", "--site", str(site)]).exit_code == 0
    site.write_text('[labs]\n"urn:x|1" = "plt"\n', encoding="utf-8")
    told = CliRunner().invoke(main, ["check", "--site", str(site)])
    assert told.exit_code == 1
    assert "site.toml:2: error:" in told.output


def test_the_example_of_the_documentation_is_right(site):
    text = (Path(__file__).parents[1] / "docs" / "site-codes.md").read_text(encoding="utf-8")
    site.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert RuleSet.load(rules_directory(), site).concepts.labs.by_code["http://hospital.example/lab|4711"]


def test_the_workers_read_the_same_file(site, monkeypatch):
    from granian import server as granian

    monkeypatch.setattr(granian, "Server", lambda *_, **__: type("Quiet", (), {"serve": lambda _: None})())
    monkeypatch.setattr(os, "environ", dict(os.environ))
    server.run(port=0, site=site)
    assert os.environ["CART_CDS_SITE_CODES"] == str(site)
