"""Without clients the service listens on this machine only, however the address is set."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from click.testing import CliRunner
from contract import ContractClient
from synthetic import DAY, stub_matcher

from cds_service.cli import main
from cds_service.errors import SettingError
from cds_service.settings import OPEN_TO_ALL, Settings, read_settings
from cds_service.web.app import create_app

ELSEWHERE = [
    "0.0.0.0",  # noqa: S104
    "::",
    "[::]",
    "",
    "0",
    "*",
    "192.168.1.20",
    "10.0.0.1",
    "fe80::1",
    "::ffff:192.0.2.1",
    "cds.hospital.example",
    "workstation",
    "localhost.example.org",
    "127.0.0.1.example.org",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    " 127.0.0.1",
    "127.0.0.1,0.0.0.0",
]
HERE = ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]


def by_option(host, **_):
    return CliRunner().invoke(main, ["serve", "--host", host])


def by_environment(host, monkeypatch, **_):
    monkeypatch.setenv("CART_CDS_HOST", host)
    return CliRunner().invoke(main, ["serve"])


def by_environment_in_lower_case(host, monkeypatch, **_):
    monkeypatch.setenv("cart_cds_host", host)
    return CliRunner().invoke(main, ["serve"])


def by_file(host, monkeypatch, tmp_path):
    (tmp_path / "cart-cds.toml").write_text(f'host = "{host}"\n')
    monkeypatch.setenv("CART_CDS_CONFIG", str(tmp_path / "cart-cds.toml"))
    return CliRunner().invoke(main, ["serve"])


def by_option_over_a_safe_setting(host, monkeypatch, **_):
    monkeypatch.setenv("CART_CDS_HOST", "127.0.0.1")
    return CliRunner().invoke(main, ["serve", "--host", host])


WAYS = [by_option, by_environment, by_environment_in_lower_case, by_file, by_option_over_a_safe_setting]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "cds.hospital.example"])  # noqa: S104
def test_serve_refuses_and_says_what_to_do(way, host, monkeypatch, tmp_path):
    done = way(host, monkeypatch=monkeypatch, tmp_path=tmp_path)
    assert done.exit_code == 1
    assert f"CART_CDS_HOST {host!r} is reached from other machines" in done.output
    for remedy in ("CART_CDS_CLIENTS", "127.0.0.1", f'CART_CDS_OPEN_MODE to "{OPEN_TO_ALL}"'):
        assert remedy in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("host", ELSEWHERE)
def test_every_address_that_is_not_surely_this_machine_is_refused(host):
    with pytest.raises(SettingError, match="is reached from other machines"):
        read_settings(host=host)


@pytest.mark.parametrize("host", HERE)
def test_this_machine_may_listen_to_itself(host):
    assert read_settings(host=host).host == host


@pytest.mark.parametrize("words", [OPEN_TO_ALL, f"  {OPEN_TO_ALL.replace(' ', '   ')}\n"])
def test_in_words_it_may_listen_anywhere(words):
    assert read_settings(host="0.0.0.0", open_mode=words).open_mode == OPEN_TO_ALL  # noqa: S104


@pytest.mark.parametrize("words", ["true", "yes", "1", "anyone", OPEN_TO_ALL.upper(), f"{OPEN_TO_ALL}!"])
def test_other_words_do_not_open_it(words):
    with pytest.raises(SettingError, match=r"CART_CDS_OPEN_MODE: .*write"):
        read_settings(host="0.0.0.0", open_mode=words)  # noqa: S104


def test_clients_and_open_mode_exclude_each_other(tmp_path):
    with pytest.raises(SettingError, match="exclude each other"):
        read_settings(clients=tmp_path / "x.toml", public_base_url="https://x.example", open_mode=OPEN_TO_ALL)


def test_clients_need_the_address_that_their_tokens_are_for(tmp_path):
    with pytest.raises(SettingError, match="CART_CDS_PUBLIC_BASE_URL is needed"):
        read_settings(clients=tmp_path / "x.toml")


def test_with_a_clients_file_that_is_wrong_nothing_listens(tmp_path, monkeypatch):
    monkeypatch.setenv("CART_CDS_CLIENTS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("CART_CDS_PUBLIC_BASE_URL", "https://cds.example.org")
    done = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0"])  # noqa: S104
    assert done.exit_code == 1
    assert "the clients file cannot be read" in done.output


# However it came to listen: the application itself looks who calls.


@pytest.fixture
def bare():
    def make(**settings):
        app = create_app(Settings(**settings), matcher=stub_matcher(), today=lambda: DAY)
        return ContractClient(app, app.response_class)

    return make


@pytest.mark.parametrize(
    "address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "2001:db8::1", "unix", "127.1"]
)
def test_started_by_another_server_it_still_answers_this_machine_only(bare, address):
    client = bare()
    environ = {"REMOTE_ADDR": address}
    for path in ("/cds-services", "/feedback"):
        answer = client.get(path, environ_overrides=environ)
        assert answer.status_code == 403
        assert "no client is configured" in answer.get_json(force=True)["issue"][0]["details"]["text"]
    assert client.get("/livez", environ_overrides=environ).status_code == 200
    forwarded = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    assert client.get("/feedback", environ_overrides=environ, headers=forwarded).status_code == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", None])
def test_this_machine_is_answered(bare, address):
    assert bare().get("/feedback", environ_overrides={"REMOTE_ADDR": address}).status_code == 200


def test_in_open_mode_anyone_is_answered(bare):
    client = bare(open_mode=OPEN_TO_ALL)
    assert client.get("/feedback", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_told_in_words_it_serves_every_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", "--host", "0.0.0.0", "--port", str(port)]  # noqa: S104
    command = [sys.executable, "-c", "from cds_service.cli import main; main()", *arguments]
    environment = os.environ | {"CART_CDS_OPEN_MODE": OPEN_TO_ALL}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            assert answers(f"http://127.0.0.1:{port}/cds-services", server) == 200
            assert answers(f"http://127.0.0.2:{port}/cds-services", server) == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def answers(url, server):
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return answer.status
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
