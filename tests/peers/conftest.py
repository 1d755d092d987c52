"""Collected only by ``make test-peers``, which sets the peers up and says where they are."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import requests
from werkzeug.serving import make_server

from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import templates
from cds_service.settings import Settings
from cds_service.web.app import create_app

PEERS = os.environ.get("CART_CDS_TEST_PEERS", "")
PORT = 8095
AS_OF = date(2026, 11, 1)

sys.path.insert(0, str(Path(__file__).parents[1] / "hapi"))

collect_ignore_glob = [] if PEERS else ["test_*.py"]


@pytest.fixture(scope="session")
def peers():
    """Where the peers' commands are."""
    return Path(PEERS).resolve() / "bin"


@pytest.fixture(scope="session")
def fhir_server(peers, tmp_path_factory):
    """A second FHIR server (sekmet), empty; its base URL."""
    base = f"http://127.0.0.1:{PORT}/fhir"
    arguments = [str(peers / "sekmet"), "serve", "--host", "127.0.0.1", "--port", str(PORT)]
    with subprocess.Popen(
        arguments,
        cwd=tmp_path_factory.mktemp("sekmet"),
        env=os.environ | {"SEKMET_BASE_URL": base},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        for _ in range(120):
            try:
                requests.get(f"{base}/metadata", timeout=2).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.5)
        else:
            pytest.fail("the FHIR server did not start")
        yield base
        server.terminate()


@pytest.fixture(scope="session")
def matcher():
    return Matcher.load()


@pytest.fixture(scope="session")
def queries(matcher):
    return templates(matcher.trials, matcher.labs)


@pytest.fixture(scope="session")
def service(matcher, tmp_path_factory):
    """The running service, on the day of the synthetic charts; the FHIR server is registered with it."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        max_cards=10,
        fhir_bases=(f"http://127.0.0.1:{PORT}/fhir",),
        fetch_deadline_seconds=10,
    )
    server = make_server(
        "127.0.0.1", 0, create_app(settings, matcher=matcher, today=lambda: AS_OF), threaded=True
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
