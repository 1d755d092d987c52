"""The rules as the service runs them: trials, the engine that decides them, and what codes mean."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.features.absence import Absence
from cds_service.features.traces import Traces, together
from cds_service.trials.engine import Engine
from cds_service.trials.loader import load_trials, rules_version
from cds_service.trials.model import Trial, asked_for, questions


@dataclass(frozen=True)
class RuleSet:
    """One state of the rule files, loaded whole. To reload, load another and let this one go."""

    trials: tuple[Trial, ...]
    engine: Engine
    concepts: Concepts
    version: str

    @cached_property
    def absence(self) -> Absence:
        """What the questions of the trials come to where nothing is on record."""
        return Absence(self.concepts, questions(self.trials))

    @cached_property
    def traces(self) -> Mapping[tuple[str, str], Traces | None]:
        """By trial and criterion, every kind of record that could change the verdict."""
        return {
            (trial.id, criterion.id): together(map(self.absence.traces, asked_for(trial, criterion)))
            for trial in self.trials
            for criterion in trial.criteria
        }

    @classmethod
    def load(cls, directory: Path, site: Path | None = None) -> RuleSet:
        """Read a rules directory and a site's own codes.

        Raises RuleError or RuleErrors naming each file, line and remedy.
        """
        concepts = Concepts.load(directory / "concepts", site)
        trials = load_trials(directory / "trials", concepts)
        return cls(trials, Engine(trials), concepts, version_of(directory, site))


def version_of(directory: Path, site: Path | None = None) -> str:
    """What identifies one state of the rules and of the site's codes together. Raises OSError."""
    version = rules_version(directory)
    if site is None:
        return version
    return f"sha256:{hashlib.sha256(version.encode() + site.read_bytes()).hexdigest()}"


def stamp_of(directory: Path, site: Path | None = None) -> frozenset[tuple[str, int, int]]:
    """Something that changes when a file or directory does, cheaper than reading them all."""
    names = (Path(at, name) for at, down, files in os.walk(directory) for name in (*down, *files))
    found = set()
    for path in [*names, *([site] if site else [])]:
        with suppress(OSError):  # gone meanwhile
            about = path.stat()
            found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)


def rules_directory() -> Path:
    """The rules that come with the service: inside the wheel, or at the root of the repository."""
    package = Path(__file__).parent
    packed = package / "_rules"
    return packed if packed.is_dir() else package.parent / "rules"
