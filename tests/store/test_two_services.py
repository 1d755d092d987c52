"""Two services on one database, each under its own server, as behind a balancer."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from test_feedback_calls import HOOK, URL, overridden

BASE = "https://cds.example.org"
CHART = Path(__file__).parents[2] / "fhir_fixtures/patients/sle-woman-possible-match/bundle.json"
START_WITHIN = 30
KEY = ECKey.generate_key("P-384", {"kid": "k1", "use": "sig"})


def token(path, jti):
    now = int(time.time())
    claims = {"iss": "https://ehr.example.org", "aud": BASE + path, "iat": now, "exp": now + 300, "jti": jti}
    return jwt.encode({"alg": "ES384", "kid": "k1", "typ": "JWT"}, claims, KEY, algorithms=["ES384"])


def ask(port, path, jti, body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {token(path, jti)}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def ports(tmp_path, database_url):
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    (tmp_path / "clients.toml").write_text(
        '[our-ehr]\nissuer = "https://ehr.example.org"\nkey_set_file = "keys.json"\n'
    )
    environment = os.environ | {
        "CART_CDS_CLIENTS": str(tmp_path / "clients.toml"),
        "CART_CDS_PUBLIC_BASE_URL": BASE,
        "CART_CDS_DATABASE_URL": database_url,
    }
    ports = [free_port() for _ in range(2)]
    command = "from cds_service.web.server import run; run(port={})"
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", command.format(port)], env=environment, stderr=subprocess.DEVNULL
        )
        for port in ports
    ]
    try:
        for port, server in zip(ports, servers, strict=True):
            wait_for(port, server)
        yield ports
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
        for server in servers:
            server.wait(20)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port, server):
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def call():
    resources = [entry["resource"] for entry in json.loads(CHART.read_bytes())["entry"]]
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    rest = [{"resource": each} for each in resources if each is not patient]
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": patient["id"]},
        "prefetch": {
            "patient": patient,
            "conditions": {"resourceType": "Bundle", "type": "searchset", "entry": rest},
        },
    }


def test_what_one_was_told_the_other_knows(ports):
    one, two = ports
    status, said = ask(one, HOOK, "id-1", call())
    assert status == 200
    assert said["cards"]
    entry = overridden(card=said["cards"][0]["uuid"])

    assert ask(two, HOOK, "id-1", call())[0] == 401  # the token was used at the other
    assert ask(two, URL, "id-2", {"feedback": [entry]}) == (200, {"entries": 1, "new": 1, "unknownCards": 0})
    assert ask(one, URL, "id-3", {"feedback": [entry]}) == (200, {"entries": 1, "new": 0, "unknownCards": 0})
    assert len(ask(one, "/feedback", "id-4")[1]["feedback"]) == 1
