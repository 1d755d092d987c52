"""New rules under a running service, from real files."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from contract import ContractClient
from metric_reading import Added, samples
from synthetic import DAY, ids

from cds_service.hooks.matcher import Matcher
from cds_service.rules import rules_directory
from cds_service.settings import Settings
from cds_service.web import reload as reload_module
from cds_service.web.app import create_app
from cds_service.web.reload import RulesReload
from cds_service.web.wiring import wiring

ROOT = Path(__file__).parents[2]
CHART = (ROOT / "fhir_fixtures/patients/sle-woman-possible-match/bundle.json").read_bytes()
TRIAL = "NCT06513429"


@pytest.fixture
def rules(tmp_path):
    return shutil.copytree(rules_directory(), tmp_path / "rules")


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def app(rules, log):
    made = create_app(Settings(rules_dir=rules), today=lambda: DAY, new_id=ids(), log_stream=log)
    made.test_client_class = ContractClient
    return made


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def reload(app):
    return RulesReload(app, pause=lambda _: None)


def edit(rules, old, new):
    file = rules / "trials" / TRIAL / "trial.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(rules, words):
    lines = (rules / "trials" / TRIAL / "trial.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def break_it(rules):
    edit(rules, "kind: exclusion", "kind: exclusoin")
    return f"trials/{TRIAL}/trial.yaml:{line_of(rules, 'exclusoin')}: "


def logged(log):
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "rules"]


def test_new_rules_decide_the_next_call(client, rules, reload, log):
    before = client.post("/match", data=CHART).get_json()
    shutil.rmtree(rules / "trials" / TRIAL)
    assert client.post("/match", data=CHART).get_json()["rulesVersion"] == before["rulesVersion"]
    added = Added()
    assert reload.now() == "loaded"
    after = client.post("/match", data=CHART).get_json()
    assert after["rulesVersion"] == Matcher.load(rules).version != before["rulesVersion"]
    assert len(after["trials"]) == len(before["trials"]) - 1
    assert client.get("/readyz").get_json()["rulesVersion"] == after["rulesVersion"]
    assert client.get(f"/trials/{TRIAL}").status_code == 404
    assert logged(log)[-1]["rules"] == "loaded"
    assert added['cart_cds_rules_reloads_total{result="loaded"}'] == 1
    told = {name for name in samples() if name.startswith("cart_cds_rules_info")}
    assert f'cart_cds_rules_info{{version="{after["rulesVersion"]}"}}' in told
    assert f'cart_cds_rules_info{{version="{before["rulesVersion"]}"}}' not in told


def test_the_prefetch_of_the_discovery_follows(client, rules, reload):
    def codes():
        services = client.get("/cds-services").get_json()["services"]
        return {query for service in services for query in service["prefetch"].values()}

    before = codes()
    for directory in (rules / "trials").iterdir():
        if directory.name != TRIAL:
            shutil.rmtree(directory)
    reload.now()
    assert sum(map(len, codes())) < sum(map(len, before))


def test_a_broken_file_keeps_the_old_rules_and_says_where(client, rules, reload, log):
    before = client.get("/readyz").get_json()
    assert "warnings" not in before
    where = break_it(rules)
    added = Added()
    assert reload.now() == "refused"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    said = ready.get_json()
    assert said["rulesVersion"] == before["rulesVersion"]
    assert any(warning.startswith(where) for warning in said["warnings"])
    assert any(problem.startswith(where) for problem in logged(log)[-1]["rules_problems"])
    assert logged(log)[-1]["level"] == "error"
    assert client.post("/match", data=CHART).get_json()["rulesVersion"] == before["rulesVersion"]
    assert samples()["cart_cds_rules_refused"] == 1
    assert added['cart_cds_rules_reloads_total{result="refused"}'] == 1


def test_files_that_are_mended_are_taken(client, rules, reload):
    break_it(rules)
    reload.now()
    edit(rules, "kind: exclusoin", "kind: exclusion  ")
    assert reload.now() == "loaded"
    assert "warnings" not in client.get("/readyz").get_json()
    assert samples()["cart_cds_rules_refused"] == 0


def test_files_put_back_as_they_were_end_the_warning(client, rules, reload):
    break_it(rules)
    reload.now()
    edit(rules, "kind: exclusoin", "kind: exclusion")
    assert reload.now() == "unchanged"
    assert "warnings" not in client.get("/readyz").get_json()


def test_an_engine_that_decides_wrongly_is_not_taken(client, rules, reload, monkeypatch):
    edit(rules, "kind: exclusion", "kind: exclusion ")
    monkeypatch.setattr(Matcher, "self_test", lambda *_: 1 / 0)
    before = client.get("/trials").get_json()["rulesVersion"]
    assert reload.now() == "refused"
    assert client.get("/trials").get_json()["rulesVersion"] == before


def test_many_errors_are_told_in_part(client, rules, reload):
    for directory in (rules / "trials").iterdir():
        file = directory / "trial.yaml"
        file.write_text(file.read_text().replace("kind: ", "kinds: "))
    reload.now()
    warnings = client.get("/readyz").get_json()["warnings"]
    assert len(warnings) == 1 + reload_module.MOST_TOLD + 1
    assert warnings[-1].endswith("more")


@pytest.mark.parametrize("gone", ["", "trials", "concepts"])
def test_rules_that_are_gone_keep_the_old_ones(client, rules, reload, gone):
    shutil.rmtree(rules / gone)
    assert reload.now() == "refused"
    assert client.get("/readyz").get_json()["trials"] == 5


def test_files_that_change_while_they_are_read_are_read_again(client, rules, reload, monkeypatch):
    edit(rules, "kind: exclusion", "kind: exclusion ")
    load, reads = Matcher.load, []

    def slow(directory, site):
        reads.append(1)
        loaded = load(directory, site)
        if len(reads) < 3:
            edit(rules, "kind: exclusion ", "kind: exclusion  ")
        return loaded

    monkeypatch.setattr(Matcher, "load", slow)
    assert reload.now() == "loaded"
    assert len(reads) == 3
    assert client.get("/trials").get_json()["rulesVersion"] == load(rules).version


def test_the_sites_own_codes_are_part_of_the_rules(rules, tmp_path, log):
    site = tmp_path / "site.toml"
    site.write_text('[labs]\n"http://hospital.example/lab|4711" = "platelets"\n')
    app = create_app(Settings(rules_dir=rules, site_codes=site), today=lambda: DAY, log_stream=log)
    reload = RulesReload(app)
    assert reload.now() == "unchanged"
    site.write_text('[labs]\n"http://hospital.example/lab|4712" = "platelets"\n')
    assert reload.now() == "loaded"
    site.write_text('[labs]\n"http://hospital.example/lab|4712" = "plateletts"\n')
    assert reload.now() == "refused"
    assert "site.toml:2: " in app.test_client().get("/readyz").get_json()["warnings"][1]


def test_a_request_ends_with_the_rules_with_which_it_began(app, rules, reload):
    shutil.rmtree(rules / "trials" / TRIAL)
    with app.test_request_context("/match"):
        before = wiring()
        reload.now()
        assert wiring() is before
        assert wiring(app).matcher.version != before.matcher.version


def test_the_thread_takes_new_rules_when_they_are_wanted(client, rules, reload, request):
    reload.start()
    request.addfinalizer(reload.stop)
    before = client.get("/trials").get_json()["rulesVersion"]
    shutil.rmtree(rules / "trials" / TRIAL)
    reload.wanted.set()
    assert eventually(lambda: client.get("/trials").get_json()["rulesVersion"] != before)


def test_the_thread_looks_by_itself_where_that_is_set(rules, log, request):
    app = create_app(Settings(rules_dir=rules, rules_reload_seconds=0.05), today=lambda: DAY, log_stream=log)
    reload = RulesReload(app)
    reload.start()
    request.addfinalizer(reload.stop)
    client = app.test_client()
    shutil.rmtree(rules / "trials" / TRIAL)
    assert eventually(lambda: client.get("/readyz").get_json()["trials"] == 4)
    where = None
    for directory in (rules / "trials").iterdir():
        (directory / "trial.yaml").write_text("id: [")
        where = directory.name
    assert eventually(lambda: where in str(client.get("/readyz").get_json().get("warnings")))
    added = Added()
    assert not eventually(lambda: added['cart_cds_rules_reloads_total{result="refused"}'] > 0, tries=10)


def eventually(true, tries=100):
    import time

    for _ in range(tries):
        if true():
            return True
        time.sleep(0.05)
    return False
