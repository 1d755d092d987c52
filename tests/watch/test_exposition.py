import os
import subprocess
import sys

from metric_reading import Added, samples

from cds_service.watch import metrics
from cds_service.watch.exposition import exposition


def test_the_version_that_decides_is_the_only_one_told():
    metrics.rules_in_use("sha256:old")
    metrics.rules_in_use("sha256:new", before="sha256:old")
    told = {name for name in samples() if name.startswith("cart_cds_rules_info")}
    assert 'cart_cds_rules_info{version="sha256:new"}' in told
    assert 'cart_cds_rules_info{version="sha256:old"}' not in told
    metrics.rules_in_use("sha256:end", before="sha256:new")


def test_a_set_that_is_refused_shows_until_one_is_loaded():
    added = Added()
    metrics.rules_reloaded("refused")
    assert samples()["cart_cds_rules_refused"] == 1
    metrics.rules_reloaded("loaded")
    assert samples()["cart_cds_rules_refused"] == 0
    assert added['cart_cds_rules_reloads_total{result="refused"}'] == 1


def test_failures_have_a_series_before_the_first_of_them():
    for purpose in ("audit", "feedback", "tokens", "readiness"):
        assert f'cart_cds_store_failures_total{{purpose="{purpose}"}}' in samples()


def test_there_is_no_series_of_when_a_counter_began():
    assert b"_created" not in exposition()


WORKER = """
import sys
from cds_service.watch import metrics
metrics.rules_in_use("sha256:a")
metrics.rules_in_use(sys.argv[1], before="sha256:a")
metrics.began()
metrics.count_request("/match", "POST", 200, 0.02)
print("done", flush=True)
sys.stdin.read()
"""


def test_several_processes_add_up_and_the_dead_let_go_of_their_gauges(tmp_path):
    environment = os.environ | {metrics.DIRECTORY: str(tmp_path)}

    def worker(version):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, version],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout.readline() == b"done\n"
        return process

    def read():
        code = "from cds_service.watch.exposition import exposition; print(exposition().decode())"
        told = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True
        )
        return samples(told.stdout.strip())

    workers = [worker("sha256:b"), worker("sha256:b")]
    try:
        both = read()
        assert both['cart_cds_rules_info{version="sha256:b"}'] == 2
        assert 'cart_cds_rules_info{version="sha256:a"}' not in both
        assert both["cart_cds_requests_in_progress"] == 2
    finally:
        for process in workers:
            process.kill()
            process.communicate()
    after = read()
    assert after["cart_cds_requests_in_progress"] == 0
    assert 'cart_cds_rules_info{version="sha256:b"}' not in after
    assert after['cart_cds_requests_total{method="POST",route="/match",status="200"}'] == 2
