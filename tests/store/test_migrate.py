import stat
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from answers_shown import NOW
from sqlalchemy import text

from cds_service.errors import SettingError, Unavailable
from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.store.migrate import NEWEST, SCRIPTS, is_current, upgrade
from cds_service.store.tables import tables


def test_the_migrations_make_exactly_the_tables(store):
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables) == []


def test_the_newest_revision_is_the_head():
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_a_second_upgrade_does_nothing(store):
    assert is_current(store.database)
    assert upgrade(store.database) is False


def test_a_store_of_a_newer_version_is_refused(store, settings):
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingError, match="newer version"):
        open_store(settings())
    with pytest.raises(SettingError, match="store upgrade"):
        open_store(settings(), upgraded=False)


def test_several_processes_that_start_at_once_make_one_store(settings, monkeypatch):
    if url := settings().database_url:
        monkeypatch.setenv("CART_CDS_DATABASE_URL", url)
    command = [sys.executable, "-c", "from cds_service.cli import main; main()", "store", "upgrade"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = sorted(each.communicate(timeout=60)[0] for each in started)
    assert [each.returncode for each in started] == [0] * 4
    assert said == [f"The store is at revision {NEWEST} already.\n"] * 3 + [
        f"The store is at revision {NEWEST}.\n"
    ]


def test_only_the_owner_reads_the_file(tmp_path):
    store = open_store(Settings(data_dir=tmp_path / "data"))
    store.feedback.add("x", [], NOW)
    for file in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    store.close()


def test_nothing_is_made_by_looking(tmp_path):
    with pytest.raises(Unavailable, match="no store"):
        open_store(Settings(data_dir=tmp_path / "data"), upgraded=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", "postgresql"])
def test_another_kind_of_database_is_refused(url):
    with pytest.raises(SettingError, match="CART_CDS_DATABASE_URL"):
        open_store(Settings(database_url=url))


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="CART_CDS_DATA_DIR"):
        open_store(Settings(data_dir=tmp_path / "file" / "data"))


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(Unavailable):
        open_store(Settings(database_url="postgresql://cart@/store?host=/no/such/directory"))
