"""Who reads the metrics where clients are configured: who has their own token, and no client."""

import pytest
from keys_and_tokens import BASE, bearer
from metric_reading import Added

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("settings", [{}, {"metrics_token": TOKEN}])
def test_a_clients_token_is_none_for_the_metrics(service, settings):
    client = service(settings)
    for headers in ({}, bearer(aud=f"{BASE}/metrics"), {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 401


def test_their_own_token_is(service):
    client = service({"metrics_token": TOKEN})
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_refused_tokens_are_counted_by_reason(service):
    added = Added()
    client = service()
    client.get("/cds-services")
    client.get("/cds-services", headers=bearer(aud="https://elsewhere.example.org"))
    client.get("/cds-services", headers=bearer(iss="https://zebra.example.org"))
    client.get("/metrics")
    for reason in ("no-token", "audience", "issuer", "metrics-token"):
        assert added[f'cart_cds_tokens_refused_total{{reason="{reason}"}}'] == 1


def test_a_limit_that_fails_is_counted(service, monkeypatch):
    def broken(*_):
        raise ConnectionError

    monkeypatch.setattr("cds_service.trust.rate.MemoryRateLimit.wait", broken)
    added = Added()
    assert service().get("/cds-services", headers=bearer(aud=f"{BASE}/cds-services")).status_code == 200
    assert added["cart_cds_rate_limiter_failures_total"] == 1
