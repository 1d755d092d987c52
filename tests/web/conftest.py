from io import StringIO

import pytest
from contract import ContractClient
from synthetic import DAY, ids, stub_matcher

from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def app(log):
    made = create_app(
        Settings(max_body_bytes=100_000),
        matcher=stub_matcher(),
        today=lambda: DAY,
        new_id=ids(),
        log_stream=log,
    )
    made.test_client_class = ContractClient
    return made


@pytest.fixture
def client(app):
    return app.test_client()
