"""The lock file is of this pyproject.toml: every file known by its hash, and nothing else in it."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\\n]+)? \\$", re.MULTILINE)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKED = {found["name"]: found["version"] for found in ENTRY.finditer(LOCK)}


def plain(requirement):
    name, _, pinned = requirement.partition("==")
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower(), pinned


def pinned():
    return dict(map(plain, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["postgres"]))


def test_it_has_every_dependency_in_the_version_that_is_pinned():
    assert {name: LOCKED.get(name) for name in pinned()} == pinned(), "run make lock"


def test_every_dependency_is_pinned():
    loose = [each for each in PROJECT["dependencies"] if "==" not in each]
    assert loose == []


def test_every_entry_has_hashes_and_there_is_nothing_else():
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    for number, line in enumerate(lines):
        assert ENTRY.fullmatch(line) or HASH.fullmatch(line), line
        if ENTRY.fullmatch(line):
            assert HASH.fullmatch(lines[number + 1]), line
    assert "://" not in LOCK
    assert "find-links" not in LOCK


@pytest.mark.parametrize("name", sorted(pinned()))
def test_what_is_tested_here_is_what_is_locked(name):
    assert version(name) == LOCKED[name]
