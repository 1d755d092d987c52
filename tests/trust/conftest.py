from io import StringIO

import pytest
from contract import ContractClient
from keys_and_tokens import BASE, ISSUER, NOW, ec, key_set, rsa
from synthetic import DAY, ids, stub_matcher

from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def clients_file(tmp_path):
    """Writes the clients file with one table; keyword arguments are more lines of it, as TOML values."""

    def write(rest="", **lines):
        (tmp_path / "keys.json").write_bytes(key_set(ec(), rsa()))
        lines = {"issuer": f'"{ISSUER}"', "key_set_file": '"keys.json"'} | lines
        text = "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not ...)
        file = tmp_path / "clients.toml"
        file.write_text(f"[our-ehr]\n{text}\n{rest}\n")
        return file

    return write


@pytest.fixture
def service(clients_file, log):
    """Makes a test client of the service with one CDS client configured."""

    def make(settings=None, replay=None, **lines):
        app = create_app(
            Settings(clients=clients_file(**lines), public_base_url=BASE, **(settings or {})),
            matcher=stub_matcher(),
            today=lambda: DAY,
            new_id=ids(),
            log_stream=log,
            replay=replay,
            now=lambda: NOW,
        )
        app.test_client_class = ContractClient
        return app.test_client()

    return make
