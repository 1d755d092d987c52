"""Makes ``synthetic`` and ``contract`` beside this file importable from every test; a store for each."""

from itertools import count

import pytest

_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def data_dirs(tmp_path_factory):
    """For servers that serve several tests, the first."""
    directory = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CART_CDS_DATA_DIR", str(directory / "0"))
        yield directory


@pytest.fixture(autouse=True)
def own_data_dir(data_dirs, monkeypatch):
    """The service stores nothing in the working directory, and no test finds what another stored."""
    monkeypatch.setenv("CART_CDS_DATA_DIR", str(data_dirs / str(next(_numbers))))
