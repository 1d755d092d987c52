import pytest

from cds_service.fhir.record import Asked

OLD = {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"}
NEW = {"versionId": "2", "lastUpdated": "2026-02-01T00:00:00Z"}


def test_equal_copies_count_once_without_a_word(read, observation):
    record = read(observation(), observation())
    assert len(record.observations) == 1
    assert record.issues == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, NEW),
        ({"versionId": "9"}, {"versionId": "10"}),
        ({"lastUpdated": "2026-01-01T23:00:00-05:00"}, {"lastUpdated": "2026-01-02T05:00:00Z"}),
    ],
)
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newest_of_differing_copies_counts(read, observation, old, new, newest_first):
    copies = [observation(valueInteger=1, meta=old), observation(valueInteger=2, meta=new)]
    record = read(*(reversed(copies) if newest_first else copies))
    assert [it.value_integer for it in record.observations] == [2]
    assert [it.severity for it in record.issues] == ["information"]


@pytest.mark.parametrize(
    ("one", "other"), [({}, {}), (NEW, {}), (NEW, NEW), ({"versionId": "a"}, {"versionId": "b"})]
)
def test_copies_that_do_not_say_which_is_newer_all_stay(read, observation, one, other):
    record = read(observation(valueInteger=1, meta=one), observation(valueInteger=2, meta=other))
    assert [it.value_integer for it in record.observations] == [1, 2]
    assert [(it.severity, it.reference) for it in record.issues] == [("warning", "Observation/o")]


def test_one_copy_entered_in_error_withdraws_all_that_are_not_newer(read, observation):
    wrong = observation(status="entered-in-error")
    assert read(observation(), wrong).observations == ()
    mended = [observation(meta=NEW), observation(status="entered-in-error", meta=OLD)]
    assert len(read(*mended).observations) == 1


def test_the_same_fullurl_is_the_same_resource_where_an_id_is_missing(read, observation):
    url = "urn:uuid:11111111-2222-4333-8444-555555555555"
    twice = [{"fullUrl": url, "resource": observation(id=one)} for one in (None, None)]
    assert len(read(*twice).observations) == 1
    different = [{"fullUrl": url, "resource": observation(id=one)} for one in ("a", "b")]
    assert len(read(*different).observations) == 2


def test_the_same_id_of_another_type_is_another_resource(read, observation, condition):
    record = read(observation(id="1"), condition(id="1"))
    assert (len(record.observations), len(record.conditions)) == (1, 1)


def patient(**changes):
    return {"resourceType": "Patient", "id": "1", "birthDate": "1990-01-01", "gender": "female", **changes}


def test_patients_that_contradict_each_other_lose_what_they_differ_in(read):
    record = read(patient(birthDate="1980-01-01"), patient=patient())
    assert record.patient.birth_date is None
    assert record.patient.gender == "female"
    assert "birthDate" in record.patient.damaged


def test_the_newest_patient_counts(read):
    record = read(patient(birthDate="1980-01-01", meta=NEW), patient=patient(meta=OLD))
    assert (record.patient.birth_date, record.patient.damaged) == ("1980-01-01", ())


def test_a_death_recorded_in_either_copy_is_kept(read):
    assert read(patient(deceasedBoolean=True), patient=patient()).patient.deceased_boolean is True


def deletion(when=None):
    entry = {"resource": None, "request": {"method": "DELETE", "url": "Observation/o"}}
    return entry | ({"response": {"lastModified": when}} if when else {})


@pytest.mark.parametrize(
    ("stored", "deleted", "kept"),
    [
        (None, None, 0),
        ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 0),
        ("2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", 1),
        ("2026-03-01T00:00:00Z", None, 0),
    ],
)
def test_what_the_bundle_says_was_deleted_is_left_out(read, observation, stored, deleted, kept):
    meta = {"lastUpdated": stored} if stored else None
    record = read(observation(meta=meta), deletion(deleted), kind="history")
    assert len(record.observations) == kept


def test_an_answer_without_a_resource_is_no_fault_unless_it_failed(read):
    created = {"resource": None, "response": {"status": "201 Created", "location": "Observation/1"}}
    failed = {"resource": None, "response": {"status": "404 Not Found"}}
    record = read(created, failed, kind="transaction-response")
    assert [it.reference for it in record.issues] == ["Bundle.entry[2]"]
    assert record.was_asked("Observation") is Asked.NOT_ASKED
