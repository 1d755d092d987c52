import json
from datetime import timedelta
from itertools import chain

import pytest
from answers_shown import NOW, shown
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cds_service.store.audit_events import audit_events, bundle_of
from cds_service.store.kept import open_store
from cds_service.store.tables import audit, shown_card, tables


def events(store, *args):
    return [json.loads(each) for each in audit_events(store.database, *args)]


def test_a_row_tells_who_when_whom_which_rules_and_what(store):
    store.shown.add(shown(tenant="t1"))
    (event,) = events(store)
    assert event["recorded"].startswith("2026-11-22T09:30:00")
    assert event["subtype"] == [{"system": "urn:cart-cds:endpoint", "code": "patient-view"}]
    said = json.dumps(event)
    for each in ("our-ehr", "t1", "sha256:test", "2026-11-22", "NCT00000001", "possible-match", "ruled-out"):
        assert f'"{each}"' in said
    assert '"00000000-0000-4000-8000-000000000002"' in said
    assert store.hashed.of("patient", "our-ehr", "t1", "Patient/123") in said
    assert store.hashed.of("user", "our-ehr", "t1", "Practitioner/7") in said


def test_no_id_is_kept_in_clear(store):
    store.shown.add(shown(patient="Patient/secret-patient", user="Practitioner/secret-user"))
    with store.database.read() as connection:
        for table in tables.sorted_tables:
            assert "secret" not in repr(connection.execute(select(table)).all())


@pytest.mark.parametrize("change", ["UPDATE audit SET client = 'x'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_trail(store, change):
    store.shown.add(shown())
    with pytest.raises(DBAPIError, match="append-only"), store.database.engine.begin() as connection:
        connection.execute(text(change))
    assert len(events(store)) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_refuses_to_empty_the_trail(store):
    store.shown.add(shown())
    with pytest.raises(DBAPIError, match="append-only"), store.database.engine.begin() as connection:
        connection.execute(text("TRUNCATE audit"))


def test_the_trail_is_asked_by_day_and_by_patient(store):
    store.shown.add(shown())
    store.shown.add(shown(at=NOW + timedelta(days=1), card=None, patient="Patient/9"))
    assert [e["id"] for e in events(store, NOW + timedelta(hours=1))] == ["cart-cds-2"]
    assert [
        e["id"] for e in events(store, None, store.hashed.of("patient", "our-ehr", None, "Patient/9"))
    ] == ["cart-cds-2"]


def test_a_long_trail_comes_whole_and_in_order(store, monkeypatch):
    monkeypatch.setattr("cds_service.store.audit_events.PIECE", 2)
    for number in range(5):
        store.shown.add(shown(card=None, request=f"r-{number}"))
    assert [e["id"] for e in events(store)] == [f"cart-cds-{n}" for n in range(1, 6)]


@pytest.mark.parametrize("how_many", [0, 1, 2])
def test_the_bundle_is_fhir(store, how_many):
    for _ in range(how_many):
        store.shown.add(shown(card=None))
    bundle = Bundle.model_validate_json("".join(bundle_of(audit_events(store.database))))
    assert len(bundle.entry or []) == how_many


def test_audit_off_keeps_cards_only(settings):
    store = open_store(settings(audit="off"))
    store.shown.add(shown())
    with store.database.read() as connection:
        kept = chain(connection.execute(select(audit)), connection.execute(select(shown_card.c.trial)))
        assert list(kept) == [("NCT00000001",)]
    store.close()
