"""How many small faults put into the clinical logic the tests notice: ``make mutation`` (docs/mutation.md).

mutmut makes the faults ("mutants") and keeps the score. On its own it has pytest collect the tests anew for
each mutant; here they are collected once, and each mutant runs, in a process forked from there, the tests of
its own folder that reach its function: first those that noticed its neighbours, then the quickest file.
"""

from __future__ import annotations

import argparse
import fnmatch
import functools
import gc
import itertools
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.assertion import util as assertion
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.workers.isolation import ForkRunner

MUTANTS = Path("mutants").absolute()
KILLERS = MUTANTS / "killers"
ALIVE = ("survived", "no tests")
ONCE = ["--rootdir=.", "-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "--capture=no"]

# The tests that are run for the mutants of a module: those beside it, so that a score says what they notice.
NEAR = {
    "cds_service.features.absence.": ("tests/features/",),
    "cds_service.features.traces.": ("tests/features/",),
    "cds_service.features.": (
        "tests/features/test_[!a]*",
        "tests/features/test_a[!b]*",
    ),  # all but the above's
    "cds_service.trials.": ("tests/trials/",),
    "cds_service.concepts.": ("tests/concepts/", "tests/features/"),
    "cds_service.kleene.": ("tests/test_kleene.py", "tests/features/"),
    "cds_service.explanation.": (
        "tests/test_explanation.py",
        "tests/test_words.py",
        "tests/test_matching.py",
    ),
}


class Collected:
    """The tests, collected once."""

    session: pytest.Session
    items: dict[str, pytest.Item]
    caches: list[Callable[[], None]]

    def collect(self) -> None:
        os.chdir(MUTANTS)
        found = pytest.Config.fromdictargs({}, [*ONCE, *config().pytest_add_cli_args_test_selection])
        found._do_configure()  # noqa: SLF001  # what pytest.main does before it runs a session
        self.session = pytest.Session.from_config(found)
        found.hook.pytest_sessionstart(session=self.session)
        self.session.perform_collect()
        self.items = {item.nodeid: item for item in self.session.items}
        os.chdir("..")
        # That a test fails is enough: no words for why.
        pytest.Function.repr_failure = lambda *_args, **_more: "failed"  # type: ignore[method-assign,assignment]
        assertion.assertrepr_compare = lambda *_args, **_more: None  # type: ignore[assignment]
        self.caches = [
            each.cache_clear
            for each in gc.get_objects()
            if isinstance(each, functools._lru_cache_wrapper)  # noqa: SLF001
            and config().should_mutate(f"{each.__module__.replace('.', '/')}.py")
        ]
        # Not imported above: the package must come from among the mutants.
        tests_of = [each for each in gc.get_objects() if type(each).__name__ == "LabConcept"]
        self.caches += [each.factors.clear for each in tests_of]

    def run(self, mutant: str, tests: list[str]) -> int:
        """1 as soon as a test fails."""
        gc.disable()
        for forget_cached in self.caches:  # it was worked out without the fault
            forget_cached()
        near = next(places for module, places in NEAR.items() if mutant.startswith(module))
        chosen = [test for test in tests if any(fnmatch.fnmatch(file_of(test), f"{each}*") for each in near)]
        killers = KILLERS / mutant.rpartition(".")[0]
        last = killers.read_text().split("\n") if killers.exists() else []
        first = [test for test in dict.fromkeys(reversed(last)) if test in chosen][:20]
        order = [*first, *(test for test in quick_files_first(chosen) if test not in first)]
        os.chdir(MUTANTS)
        items = [self.items[test] for test in order]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.session.testsfailed:
                with killers.open("a") as written:
                    written.write(f"{item.nodeid}\n")
                return 1
        return 0


def quick_files_first(tests: list[str]) -> list[str]:
    took = state().duration_by_test
    by_file: Counter[str] = Counter()
    for test in tests:
        by_file[file_of(test)] += took[test]  # type: ignore[assignment]  # seconds
    return sorted(tests, key=lambda test: (by_file[file_of(test)], file_of(test), took[test]))


def file_of(test: str) -> str:
    return test.partition("::")[0]


def collect_once() -> None:
    """Let mutmut's own runner use the tests collected once."""
    collected = Collected()
    start = ForkRunner.startup

    def run(_: PytestRunner, *, mutant_name: str, tests: list[str]) -> int:
        return collected.run(mutant_name, list(tests))

    def startup(runner: ForkRunner) -> None:
        collected.collect()
        PytestRunner.run_tests = run  # type: ignore[method-assign,assignment]
        start(runner)

    ForkRunner.startup = startup  # type: ignore[method-assign]


def write_quickly() -> None:
    """mutmut counts all results after each one, and writes each file of results in many small pieces."""
    shown, told = itertools.count(), mutmut.print_stats

    def print_stats(found: dict[str, SourceFileMutationData], *, force_output: bool = False) -> None:
        if force_output or next(shown) % 100 == 0:
            told(found, force_output=force_output)

    def save(data: SourceFileMutationData) -> None:
        kept = {
            "exit_code_by_key": data.exit_code_by_key,
            "hash_by_function_name": data.hash_by_function_name,
            "type_check_error_by_key": data.type_check_error_by_key,
            "durations_by_key": data.durations_by_key,
            "estimated_durations_by_key": data.estimated_time_of_tests_by_mutant,
        }
        Path(data.meta_path).write_text(json.dumps(kept))

    mutmut.print_stats = print_stats
    SourceFileMutationData.save = save  # type: ignore[method-assign]


def forget(modules: list[str], *, again: bool) -> None:
    """Of these modules (all, where none is named) what was measured before; with ``again`` only survivals.

    mutmut lets every result stand as long as its function stands.
    """
    for path in MUTANTS.rglob("*.meta"):
        if modules and module_of(path) not in modules:
            continue
        if not again:
            path.unlink()
            path.with_suffix("").unlink()
            continue
        kept = json.loads(path.read_text())
        codes = kept["exit_code_by_key"].items()
        kept["exit_code_by_key"] = {
            name: None if status_by_exit_code[code] in ALIVE else code for name, code in codes
        }
        path.write_text(json.dumps(kept))


def module_of(meta: Path) -> str:
    return str(meta.relative_to(MUTANTS)).removesuffix(".meta")


def measured() -> dict[str, dict[str, str]]:
    """The fate of every mutant, by module."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        found[module_of(path)] = {name: status_by_exit_code[code] for name, code in codes.items()}
    return found


def table(found: dict[str, dict[str, str]]) -> str:
    """Per module and in all. Running out of time is being noticed; a mutant that no test reaches is not."""
    rows = {module: Counter(fates.values()) for module, fates in found.items()}
    rows["all"] = sum(rows.values(), Counter[str]())
    lines = [
        "| module | mutants | killed | timeout | survived | no test | score |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for module, fates in rows.items():
        tried = fates.total() - fates["not checked"]
        if tried:
            score = 100 * (fates["killed"] + fates["timeout"]) / tried
            counts = (fates[fate] for fate in ("killed", "timeout", "survived", "no tests"))
            lines.append(f"| {module} | {tried} | {' | '.join(map(str, counts))} | {score:.1f} % |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as cds_service/features/took.py; all when left out")
    parser.add_argument("--again", action="store_true", help="only the mutants that were alive the last time")
    parser.add_argument("--children", type=int, default=os.cpu_count())
    given = parser.parse_args()
    if not given.modules and not given.again:
        shutil.rmtree(MUTANTS, ignore_errors=True)
    forget(given.modules, again=given.again)
    if given.modules:
        config().only_mutate = given.modules
    KILLERS.mkdir(parents=True, exist_ok=True)
    collect_once()
    write_quickly()
    mutmut._run([], given.children)  # noqa: SLF001  # its command line would end the process
    found = {name: fates for name, fates in measured().items() if not given.modules or name in given.modules}
    print(f"\n{table(found)}\n")
    for fates in found.values():
        for name, fate in fates.items():
            if fate in ALIVE:
                print(f"{fate}: {name}")
    print("See one with: .venv-mutation/bin/mutmut show NAME")


if __name__ == "__main__":
    main()
