from io import StringIO

import pytest
from cds_hooks_calls import AS_OF
from contract import ContractClient

from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture(scope="session")
def http():
    """The service with the product's own rules, without a socket."""
    return create_app(Settings(), log_stream=StringIO()).test_client()


@pytest.fixture(scope="session")
def matcher():
    return Matcher.load()


@pytest.fixture(scope="session")
def serve(matcher):
    """Makes the service with the product's own rules on the day of the synthetic charts, with these settings;
    every answer is held to the contract."""

    def make(now=None, **settings):
        clock = {} if now is None else {"now": now}
        app = create_app(
            Settings(**settings), matcher=matcher, today=lambda: AS_OF, log_stream=StringIO(), **clock
        )
        app.test_client_class = ContractClient
        return app.test_client()

    return make


@pytest.fixture(scope="session")
def ehr(serve):
    """What an EHR sees of the service as it is by default."""
    return serve()
