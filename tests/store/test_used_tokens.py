import pytest
from sqlalchemy import func, select

from cds_service.store.kept import open_store
from cds_service.store.tables import used_token
from cds_service.store.used_tokens import SKEW, SWEEP, UsedTokens

ISSUER = "https://ehr.example.org"


def test_a_token_is_used_once(store):
    assert store.used_tokens.first_use(ISSUER, "id-1", 2e9)
    assert not store.used_tokens.first_use(ISSUER, "id-1", 2e9)
    assert store.used_tokens.first_use(ISSUER, "id-2", 2e9)
    assert store.used_tokens.first_use("https://other.example.org", "id-1", 2e9)


@pytest.mark.parametrize("jti", ["\0", "é" * 256, "a\0b", "\ud800"])
def test_any_text_is_an_id(store, jti):
    assert store.used_tokens.first_use(ISSUER, jti, 2e9)
    assert not store.used_tokens.first_use(ISSUER, jti, 2e9)


def test_two_services_on_one_store_share_what_was_used(settings):
    one, two = open_store(settings()), open_store(settings())
    assert one.used_tokens.first_use(ISSUER, "id-1", 2e9)
    assert not two.used_tokens.first_use(ISSUER, "id-1", 2e9)
    one.close()
    two.close()


def test_expired_ids_are_swept_well_after_they_expired(store):
    clock = [1000.0]
    used = UsedTokens(store.database, now=lambda: clock[0])
    used.first_use(ISSUER, "old", 1010)
    clock[0] = 1010 + SKEW  # not yet
    used.first_use(ISSUER, "new", 9999)
    assert how_many(store) == 2
    clock[0] += SWEEP + 1
    used.first_use(ISSUER, "newer", 9999)
    assert how_many(store) == 2


def how_many(store):
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(used_token))
