from pathlib import Path

import pytest
from pydantic import ValidationError

from cds_service.errors import SettingError
from cds_service.settings import Settings, read_settings

DOCS = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name):
    assert f"| `{name}` |" in DOCS


def test_every_documented_setting_exists():
    rows = [line.split("`")[1] for line in DOCS.splitlines() if line.startswith("| `")]
    assert rows == list(Settings.model_fields)


@pytest.mark.parametrize(
    "name", ["host", "port", "workers", "max_body_bytes", "max_cards", "public_base_url"]
)
def test_the_documented_defaults_are_the_defaults(name):
    assert f"| `{name}` | `{Settings.model_fields[name].default}` |" in DOCS


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    file = tmp_path / "cart-cds.toml"
    file.write_text('port = 9000\nmax_cards = 2\ncors_origins = ["https://ehr.example.org"]\n')
    monkeypatch.setenv("CART_CDS_CONFIG", str(file))
    monkeypatch.setenv("CART_CDS_PORT", "9001")
    settings = Settings()
    assert (settings.port, settings.max_cards) == (9001, 2)
    assert settings.cors_origins == ("https://ehr.example.org",)


def test_a_file_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CART_CDS_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(FileNotFoundError, match="CART_CDS_CONFIG"):
        Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70000},
        {"max_cards": 0},
        {"max_body_bytes": 10},
        {"open_mode": False},
        {"public_base_url": "cds.example.org"},
        {"cors_origins": ["*"]},
        {"cors_origins": ["https://ehr.example.org/path"]},
        {"prot": 1},
    ],
)
def test_a_wrong_value_is_refused_and_named(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Settings(**wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CART_CDS_PORT", "many"),
        ("CART_CDS_CORS_ORIGINS", "not a list"),
        ("CART_CDS_CONFIG", "/no/such/file"),
    ],
)
def test_an_operator_is_told_in_plain_words(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=r"CART_CDS_PORT|cors_origins|CART_CDS_CONFIG"):
        read_settings()


def test_a_toml_file_that_is_none_is_told(tmp_path, monkeypatch):
    file = tmp_path / "wrong.toml"
    file.write_text("port = [")
    monkeypatch.setenv("CART_CDS_CONFIG", str(file))
    with pytest.raises(SettingError, match="cannot be read"):
        read_settings()


def test_a_closing_slash_of_the_base_url_is_dropped():
    assert Settings(public_base_url="https://cds.example.org/").public_base_url == "https://cds.example.org"
