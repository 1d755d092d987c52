"""New rules while calls come in, at a service of two worker processes."""

import http.client
import json
import os
import shutil
import signal
from contextlib import closing
from threading import Event, Thread

from click.testing import CliRunner
from running_service import CHART, eventually, running

from cds_service.cli import main
from cds_service.hooks.matcher import Matcher
from cds_service.rules import rules_directory

TRIAL = "NCT06513429"
CALLERS = 4
ROUNDS = 6


class Caller(Thread):
    """Calls until it is told to stop; keeps what it was told by each version of the rules."""

    def __init__(self, service, stop):
        super().__init__()
        self.service, self.enough = service, stop
        self.told, self.wrong, self.calls = set(), [], 0

    def run(self):
        while not self.enough.is_set():
            try:
                self._some_calls(20)  # on one connection; the next goes to the other worker, perhaps
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                return

    def _some_calls(self, number):
        with closing(http.client.HTTPConnection(*self.service.address, timeout=30)) as connection:
            for _ in range(number):
                connection.request("POST", "/match?asOf=2026-11-01", CHART)
                answer = connection.getresponse()
                said = json.loads(answer.read())
                self.calls += 1
                if answer.status != 200:
                    self.wrong.append((answer.status, said))
                    return
                self.told.add((said["rulesVersion"], tuple(sorted(each["trial"] for each in said["trials"]))))


def test_no_call_fails_and_no_answer_is_of_two_sets_of_rules(tmp_path):
    rules, aside = tmp_path / "rules", tmp_path / "aside"
    shutil.copytree(rules_directory(), rules)
    trial = rules / "trials" / TRIAL
    all_of_them = Matcher.load(rules)
    shutil.move(trial, aside)
    fewer = Matcher.load(rules)
    shutil.move(aside, trial)
    may_be = {
        (matcher.version, tuple(sorted(each.id for each in matcher.trials)))
        for matcher in (all_of_them, fewer)
    }
    data = tmp_path / "data"
    with running(data, workers=2, rules_dir=rules) as service:
        stop = Event()
        callers = [Caller(service, stop) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()

        def decides(matcher):
            metric = f'cart_cds_rules_info{{version="{matcher.version}"}}'
            return lambda: service.metrics().get(metric) == 2

        try:
            for number in range(ROUNDS):
                if number % 2 == 0:
                    shutil.move(trial, aside)
                    expected = fewer
                else:
                    shutil.move(aside, trial)
                    expected = all_of_them
                os.kill(service.process.pid, signal.SIGHUP)
                assert eventually(decides(expected), 30), service.log()
            (trial / "trial.yaml").write_text("id: [")
            os.kill(service.process.pid, signal.SIGHUP)
            assert eventually(lambda: service.metrics()["cart_cds_rules_refused"] == 1, 30)
            assert eventually(lambda: "warnings" in service.get("/readyz"), 10)
        finally:
            stop.set()
            for caller in callers:
                caller.join()
        assert [caller.wrong for caller in callers] == [[]] * CALLERS
        assert set.union(*(caller.told for caller in callers)) == may_be
        assert sum(caller.calls for caller in callers) > 100
        assert decides(all_of_them)()
        refused = [
            line for line in map(json.loads, service.log().splitlines()) if line.get("rules") == "refused"
        ]
        assert refused[-1]["rules_problems"][0].startswith(f"trials/{TRIAL}/trial.yaml:2: ")


def test_the_command_checks_the_rules_and_tells_the_service(tmp_path, monkeypatch):
    rules, data = tmp_path / "rules", tmp_path / "data"
    shutil.copytree(rules_directory(), rules)
    monkeypatch.setenv("CART_CDS_RULES_DIR", str(rules))
    monkeypatch.setenv("CART_CDS_DATA_DIR", str(data))
    run = CliRunner().invoke

    with running(data, rules_dir=rules) as service:
        port = ["--port", str(service.port)]
        before = service.get("/readyz")["rulesVersion"]
        shutil.rmtree(rules / "trials" / TRIAL)
        told = run(main, ["reload", *port])
        assert (told.exit_code, f"Process {service.process.pid} " in told.output) == (0, True)
        assert eventually(lambda: service.get("/readyz")["rulesVersion"] != before)

        next((rules / "trials").glob("*/trial.yaml")).write_text("id: [")
        broken = run(main, ["reload", *port])
        assert broken.exit_code == 1
        assert "trial.yaml:2: " in broken.output
        assert "warnings" not in service.get("/readyz")

    shutil.rmtree(rules)
    shutil.copytree(rules_directory(), rules)
    nobody = run(main, ["reload", *port])
    assert nobody.exit_code == 1
    assert "No service" in nobody.output
