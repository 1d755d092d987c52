"""What one client was shown and said, no other reads; and the audit trail nobody reads over HTTP."""

import pytest
from keys_and_tokens import BASE, ISSUER, SERVICE, bearer
from trusted_calls import call

PATH = "/cds-services/cart-trial-match"
TWO_ISSUER = f"{ISSUER}/two"
TWO = f'[two]\nissuer = "{TWO_ISSUER}"\nkey_set_file = "keys.json"\n'
REPORT = f"{BASE}/feedback"


def overridden(card):
    reason = {"code": "not-now", "system": "https://ehr.example.org/reasons"}
    return {
        "feedback": [
            {
                "card": card,
                "outcome": "overridden",
                "overrideReason": {"reason": reason},
                "outcomeTimestamp": "2026-11-22T10:00:00Z",
            }
        ]
    }


@pytest.fixture
def client(service):
    return service(rest=TWO)


def shown(client, issuer=ISSUER):
    answer = client.post(PATH, json=call(), headers=bearer(iss=issuer))
    assert answer.status_code == 200
    return answer.get_json()["cards"][0]["uuid"]


def give(client, card, issuer=ISSUER):
    headers = bearer(iss=issuer, aud=f"{SERVICE}/feedback")
    answer = client.post(f"{PATH}/feedback", json=overridden(card), headers=headers)
    assert answer.status_code == 200
    return answer.get_json()


def report(client, issuer=ISSUER, query=""):
    answer = client.get(f"/feedback{query}", headers=bearer(iss=issuer, aud=REPORT))
    assert answer.status_code == 200
    return answer.get_json()


def test_each_reads_its_own(client):
    one, two = shown(client), shown(client, TWO_ISSUER)
    give(client, one)
    give(client, two, TWO_ISSUER)
    for issuer, name, card in ((ISSUER, "our-ehr", one), (TWO_ISSUER, "two", two)):
        said = report(client, issuer)
        assert [(each["client"], each["card"]) for each in said["feedback"]] == [(name, card)]
        assert [each["shown"] for each in said["trials"]] == [1]
        other = {one, two} - {card}
        assert other.pop() not in str(said)


def test_a_client_that_was_shown_nothing_reads_nothing(client):
    give(client, shown(client))
    assert report(client, TWO_ISSUER) == {"trials": [], "unknownCards": 0, "feedback": []}


def test_feedback_on_anothers_card_tells_nothing_of_it(client):
    card = shown(client)
    assert give(client, card, TWO_ISSUER) == {"entries": 1, "new": 1, "unknownCards": 1}
    (kept,) = report(client, TWO_ISSUER)["feedback"]
    assert kept["shown"] is None
    assert give(client, card, TWO_ISSUER) == give(client, "no-such-card", TWO_ISSUER) | {"new": 0}
    assert report(client)["feedback"] == []
    assert report(client)["trials"][0]["overridden"] == 0


def test_anothers_feedback_does_not_take_the_place_of_ones_own(client):
    card = shown(client)
    give(client, card, TWO_ISSUER)
    assert give(client, card) == {"entries": 1, "new": 1, "unknownCards": 0}
    assert report(client)["trials"][0]["overridden"] == 1


@pytest.mark.parametrize(
    "query",
    ["?client=two", "?client=our-ehr", "?iss=x", "?since=2026-01-01&since=2026-01-02", "?a="],
)
def test_nobody_chooses_whose_feedback_is_read(client, query):
    answer = client.get(f"/feedback{query}", headers=bearer(iss=TWO_ISSUER, aud=REPORT))
    assert answer.status_code == 400


def test_the_audit_trail_is_not_on_the_network(client):
    routes = [rule.rule for rule in client.application.url_map.iter_rules()]
    assert not [route for route in routes if "audit" in route.lower()]
    assert client.get("/audit", headers=bearer(aud=f"{BASE}/audit")).status_code == 404


def test_what_was_kept_without_clients_is_no_clients(service, clients_file):
    from cds_service.errors import SettingError

    with pytest.raises(SettingError, match="that name is for callers of a service without clients"):
        service(rest='[open]\nissuer = "https://x.example.org"\nkey_set_file = "keys.json"\n')
