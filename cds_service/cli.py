"""``cart-cds``: serve the service, match a chart, check the rule files, try a running service."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console

from cds_service.errors import CartCdsError

DAY = click.DateTime(formats=["%Y-%m-%d"])
SINCE = click.option("--since", type=DAY, help="From this day on (UTC); everything when left out.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cart-cds")
def main() -> None:
    """CAR-T trials for the chart that is open: FHIR R4 in, possible matches out."""


@contextmanager
def _told() -> Iterator[None]:
    """An error of ours is told in one line on standard error, with exit status 1."""
    try:
        yield
    except CartCdsError as error:
        where = f" ({error.expression})" if error.expression else ""
        click.echo(f"cart-cds: {error}{where}", err=True)
        sys.exit(1)


SITE = click.option(
    "--site",
    type=click.Path(path_type=Path),
    envvar="CART_CDS_SITE_CODES",
    help="The site's own codes, a TOML file (setting CART_CDS_SITE_CODES).",
)


@main.command()
@click.option("--host", help="Address to listen on (setting CART_CDS_HOST).")
@click.option("--port", type=int, help="Port to listen on (setting CART_CDS_PORT).")
@SITE
def serve(host: str | None, port: int | None, site: Path | None) -> None:
    """Run the HTTP service until SIGTERM; calls in flight are answered first."""
    from cds_service.web.server import run

    with _told():
        run(host=host, port=port, site=site)


@main.command()
@click.option("--port", type=int, help="Of the service on this port (setting CART_CDS_PORT).")
@SITE
def reload(port: int | None, site: Path | None) -> None:
    """Check the rule files, and tell the service on this machine to decide by them from now on.

    Exit status: 1 where a file is wrong (nothing is told then), or no service runs in the data directory.
    """
    import os
    import signal

    from cds_service.errors import SettingError
    from cds_service.hooks.matcher import Matcher
    from cds_service.settings import read_settings
    from cds_service.web.serving import holder

    with _told():
        given = {"port": port, "site_codes": site}
        settings = read_settings(**{name: value for name, value in given.items() if value is not None})
        version = Matcher.load(settings.rules_dir, settings.site_codes).version
        process = holder(settings.data_dir, settings.port)
        if process is None:
            raise SettingError(
                f"No service for port {settings.port} runs with this CART_CDS_DATA_DIR. Where it runs with "
                "another, send SIGHUP to its main process."
            )
        os.kill(process, signal.SIGHUP)
        click.echo(f"Process {process} was told to load {version}. /readyz says by which it decides.")


@main.command()
@click.argument("bundle", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="The answer of POST /match instead of tables.")
@click.option("--as-of", type=DAY, help="Evaluation date (default today); stands in for screening.")
@click.option("--trial", "trials", multiple=True, help="Only this trial id; may be given several times.")
@click.option("--all", "every", is_flag=True, help="Also the criteria of trials that are not relevant.")
@click.option("--rules", type=click.Path(path_type=Path, exists=True), help="Rules directory.")
@SITE
def match(
    bundle: BinaryIO,
    as_json: bool,
    as_of: datetime | None,
    trials: tuple[str, ...],
    every: bool,
    rules: Path | None,
    site: Path | None,
) -> None:
    """Match one patient's FHIR R4 BUNDLE (a file, or standard input) against every trial.

    Exit status: 0 when the chart was matched (whatever the result), 1 when it could not be.
    """
    from cds_service.answers import answer_json
    from cds_service.fhir.decode import read_bundle
    from cds_service.matching import match as match_record
    from cds_service.rules import RuleSet, rules_directory
    from cds_service.terminal.tables import show_answer

    with _told():
        day = as_of.date() if as_of else date.today()  # noqa: DTZ011  # the reader's own calendar day
        record = read_bundle(bundle.read(), day)
        answer = match_record(record, RuleSet.load(rules or rules_directory(), site), day, trials or None)
        if as_json:
            click.echo(json.dumps(answer_json(answer), ensure_ascii=False, indent=2))
        else:
            show_answer(answer, Console(), every=every)


@main.command()
@click.argument("bundle", type=click.File("rb"), default="-")
def validate(bundle: BinaryIO) -> None:
    """Check every entry of a FHIR R4 BUNDLE against FHIR's own types; exit status 1 when there are faults."""
    from cds_service.fhir.validate import validate_bundle

    with _told():
        issues = validate_bundle(bundle.read())
    for issue in issues:
        click.echo(f"{issue.severity}: {issue.reference or 'Bundle'}: {issue.text}")
    sys.exit(1 if any(issue.severity == "error" for issue in issues) else 0)


@main.command()
@click.option("--rules", type=click.Path(path_type=Path, exists=True), help="Rules directory.")
@click.option(
    "--coverage", is_flag=True, help="Also print which criterion carries which sentence of the source."
)
@SITE
def check(rules: Path | None, coverage: bool, site: Path | None) -> None:
    """Load and lint every rule file: file:line, what is wrong and how to mend it. Exit status 1 on errors."""
    from cds_service.rules import rules_directory
    from cds_service.trials.check import check_rules, coverage_reports

    directory = rules or rules_directory()
    findings = check_rules(directory, site=site)
    for finding in findings:
        click.echo(str(finding))
    wrong = sum(finding.severity == "error" for finding in findings)
    if coverage and not wrong:
        for report in coverage_reports(directory):
            click.echo(report)
    click.echo(
        f"{wrong} error{'' if wrong == 1 else 's'}, {len(findings) - wrong} remarks in {directory.name}/"
    )
    sys.exit(1 if wrong else 0)


@main.command()
@click.argument("url")
@click.argument("bundle", type=click.File("rb"), required=False)
@click.option("--fhir-server", help="Instead of BUNDLE: where the service is to read the chart.")
@click.option("--patient", help="With --fhir-server: the id of the patient there.")
@click.option("--json", "as_json", is_flag=True, help="The response body instead of laid-out cards.")
def call(
    url: str, bundle: BinaryIO | None, fhir_server: str | None, patient: str | None, as_json: bool
) -> None:
    """Call a running service's patient-view hook as an EHR would, and show the cards.

    BUNDLE is sent as prefetch. With --fhir-server there is none: the service reads the chart from that
    server, which must be registered with it (CART_CDS_FHIR_BASES).
    """
    from cds_service.terminal.cards import show_cards
    from cds_service.terminal.client import patient_view, patient_view_from

    if bool(bundle) == bool(fhir_server) or bool(fhir_server) != bool(patient):
        raise click.UsageError("give either BUNDLE, or --fhir-server and --patient")
    with _told():
        if bundle:
            answer = patient_view(url, bundle.read())
        else:
            answer = patient_view_from(url, fhir_server or "", patient or "")
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        show_cards(answer["cards"], Console())


@main.group()
def store() -> None:
    """The database that the settings name: used tokens, cards shown, feedback, audit trail."""


@store.command()
def upgrade() -> None:
    """Make or migrate the tables now, as the service does when it starts."""
    from cds_service.settings import read_settings
    from cds_service.store.database import Database, database_address
    from cds_service.store.migrate import NEWEST
    from cds_service.store.migrate import upgrade as migrate

    with _told():
        settings = read_settings()
        done = migrate(Database(database_address(settings.database_url, settings.data_dir)))
        click.echo(f"The store is at revision {NEWEST}{'' if done else ' already'}.")


@main.command()
@click.option("--client", help="Of this client only, by its name in the clients file.")
@SINCE
@click.option("--json", "as_json", is_flag=True, help="Also every entry, as JSON.")
def feedback(client: str | None, since: datetime | None, as_json: bool) -> None:
    """Which trials' cards were accepted or overridden, and why."""
    from cds_service.settings import read_settings
    from cds_service.store.kept import open_store
    from cds_service.terminal.feedback import show_feedback

    with _told():
        report = open_store(read_settings(), upgraded=False).feedback.report(client, _utc(since))
        if as_json:
            click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            show_feedback(report, Console())


@main.group()
def audit() -> None:
    """The audit trail: who asked, when, about which patient (as a keyed hash), and what was shown."""


@audit.command()
@SINCE
@click.option(
    "--format", "form", type=click.Choice(["ndjson", "bundle"]), default="ndjson", show_default=True
)
@click.option(
    "--patient", help='Of this patient only, as the client names it ("Patient/123"); with --client.'
)
@click.option("--client", help='The client that --patient is of ("open" where none is configured).')
@click.option("--tenant", help="The tenant in the client's tokens, where they carry one.")
def export(
    since: datetime | None, form: str, patient: str | None, client: str | None, tenant: str | None
) -> None:
    """Print the trail as FHIR R4 AuditEvent, oldest first: one on each line, or a Bundle."""
    from cds_service.settings import read_settings
    from cds_service.store.audit_events import audit_events, bundle_of
    from cds_service.store.kept import open_store

    if bool(patient) != bool(client):
        raise click.UsageError("--patient and --client go together")
    with _told():
        kept = open_store(read_settings(), upgraded=False)
        hashed = kept.hashed.of("patient", client, tenant, patient) if patient and client else None
        events = audit_events(kept.database, _utc(since), hashed)
        for text in bundle_of(events) if form == "bundle" else events:
            click.echo(text)


def _utc(day: datetime | None) -> datetime | None:
    return day and day.replace(tzinfo=UTC)


@main.command()
@click.argument("url")
@click.option("--seconds", default=30.0, show_default=True, help="How long to wait.")
def wait(url: str, seconds: float) -> None:
    """Wait until the service at URL is ready; exit status 1 when it is not in time."""
    import requests

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if requests.get(f"{url}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    click.echo(f"cart-cds: {url} was not ready within {seconds:g} seconds", err=True)
    sys.exit(1)
