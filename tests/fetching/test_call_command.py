"""``cart-cds call --fhir-server``: what an integrator tries first."""

from __future__ import annotations

import threading

import pytest
from click.testing import CliRunner
from ehr import AS_OF, chart, well_behaved
from werkzeug.serving import make_server

from cds_service.cli import main
from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture
def service_url(ehr, matcher):
    """The running service, with this server registered."""
    server = ehr(well_behaved(chart()))
    app = create_app(Settings(fhir_bases=(server.base,)), matcher=matcher, today=lambda: AS_OF)
    running = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.port}", server.base
    running.shutdown()
    running.server_close()


def test_the_service_reads_the_chart_itself(service_url):
    url, base = service_url
    shown = CliRunner().invoke(main, ["call", url, "--fhir-server", base, "--patient", "p1"])
    assert shown.exit_code == 0, shown.output
    assert "NCT06513429" in shown.output


def test_a_server_that_is_not_registered_is_told_of(service_url):
    url, base = service_url
    shown = CliRunner().invoke(main, ["call", url, "--fhir-server", f"{base}/other", "--patient", "p1"])
    assert shown.exit_code != 0
    assert "412" in shown.output
    assert "register" in shown.output


@pytest.mark.parametrize("arguments", [[], ["--patient", "p1"], ["--fhir-server", "http://127.0.0.1:9/fhir"]])
def test_one_way_of_giving_the_chart(arguments):
    shown = CliRunner().invoke(main, ["call", "http://127.0.0.1:9", *arguments])
    assert shown.exit_code == 2
    assert "give either BUNDLE, or --fhir-server and --patient" in shown.output
