"""The service with a FHIR server behind it."""

import pytest
from ehr import AS_OF, running

from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings
from cds_service.web.app import create_app


@pytest.fixture(scope="session")
def matcher():
    return Matcher.load()


@pytest.fixture
def ehr():
    """Begins a server with a behaviour; several in one test too."""
    open_ones = []

    def begin(behave):
        context = running(behave)
        open_ones.append(context)
        return context.__enter__()

    yield begin
    for context in reversed(open_ones):
        context.__exit__(None, None, None)


@pytest.fixture
def service(matcher):
    """The service, on the day of the synthetic charts, with these FHIR servers registered."""

    def begin(*servers, seconds=10, **more):
        bases = tuple(each if isinstance(each, str) else each.base for each in servers)
        settings = Settings(fhir_bases=bases, fetch_deadline_seconds=seconds, max_cards=10, **more)
        return create_app(settings, matcher=matcher, today=lambda: AS_OF).test_client()

    return begin
