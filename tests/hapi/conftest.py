"""Collected only by ``make test-hapi``, which starts the server and says where it is."""

from __future__ import annotations

import os

import pytest
import requests
from charts_for_hapi import LONG, SLUGS, chart, transaction

from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import templates

BASE = os.environ.get("CART_CDS_TEST_HAPI", "")

collect_ignore_glob = [] if BASE else ["test_*.py"]


@pytest.fixture(scope="session")
def hapi():
    """The base URL of the server, once the charts are on it."""
    for slug in (*SLUGS, LONG):
        load(transaction(chart(slug)))
    return BASE


def load(bundle):
    answer = requests.post(BASE, json=bundle, headers={"Content-Type": "application/fhir+json"}, timeout=120)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


@pytest.fixture(scope="session")
def matcher():
    return Matcher.load()


@pytest.fixture(scope="session")
def queries(matcher):
    """The templates of the discovery answer."""
    return templates(matcher.trials, matcher.labs)
