from io import StringIO

import pytest

from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture(scope="session")
def http():
    """The service with the product's own rules, without a socket."""
    return create_app(Settings(), log_stream=StringIO()).test_client()
