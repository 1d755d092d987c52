import pytest

from cds_service.errors import SettingError
from cds_service.store.keyed_hash import KeyedHash, audit_key

KEY = KeyedHash(b"k" * 32)


def test_the_same_patient_of_a_client_has_the_same_hash():
    found = KEY.of("patient", "ehr", None, "Patient/1")
    assert found == KeyedHash(b"k" * 32).of("patient", "ehr", None, "Patient/1")
    assert len(found) == 64


@pytest.mark.parametrize(
    "other",
    [
        ("user", "ehr", None, "Patient/1"),
        ("patient", "ehr2", None, "Patient/1"),
        ("patient", "ehr", "t", "Patient/1"),
        ("patient", "ehr", None, "Patient/2"),
    ],
)
def test_anything_else_has_another(other):
    assert KEY.of(*other) != KEY.of("patient", "ehr", None, "Patient/1")


def test_another_key_gives_another_hash():
    assert KeyedHash(b"j" * 32).of("a", "b", None, "c") != KEY.of("a", "b", None, "c")


def test_the_setting_wins(tmp_path):
    assert audit_key("s" * 32, tmp_path) == b"s" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    made = audit_key("", tmp_path / "new")
    assert audit_key("", tmp_path / "new") == made
    assert len(made) == 64
    file = tmp_path / "new" / "audit.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_key_that_is_cut_is_refused(tmp_path):
    (tmp_path / "audit.key").write_text("short")
    with pytest.raises(SettingError, match=r"audit\.key"):
        audit_key("", tmp_path)
