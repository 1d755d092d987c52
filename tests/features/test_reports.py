"""Reports on record are handed to a reader, never judged."""

import pytest
from chart_with import chart_with, coded, obs

from cds_service.features.question import Reason
from cds_service.features.reports import ReportOnRecord
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import CodeableConcept, DiagnosticReport, Procedure
from cds_service.fhir.systems import LOINC


def report(title=None, code=None, on="2026-10-01", status="final", conclusion=None):
    concept = coded(code, LOINC) if code else CodeableConcept(text=title)
    return DiagnosticReport(
        status=status,
        code=concept,
        effective_date_time=on,
        conclusion=conclusion,
        reference=f"DiagnosticReport/{on}",
    )


def ask(kind, *reports, **more):
    return chart_with(reports=reports, **more).answer(ReportOnRecord(report=kind))


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("ecg", "12-lead ECG"),
        ("ecg", "Electrocardiogram"),
        ("echo", "Transthoracic echocardiography"),
        ("emg", "EMG of both legs"),
        ("emg", "Electromyography"),
        ("muscle_biopsy", "Muscle biopsy, left deltoid"),
        ("bone_marrow", "Bone marrow aspirate"),
        ("chest_ct", "HRCT lung"),
        ("chest_ct", "CT chest with contrast"),
        ("chest_ct", "Chest CT"),
        ("lung_function", "Pulmonary function test"),
        ("lung_function", "Spirometry"),
    ],
)
def test_found_by_title(kind, title):
    reading = ask(kind, report(title))
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert "2026-10-01 is on record: read it" in reading.said


@pytest.mark.parametrize(
    ("kind", "title"),
    [("ecg", "Segment"), ("emg", "Emgality"), ("chest_ct", "CT abdomen"), ("echo", "Echoes")],
)
def test_other_titles_are_not_taken(kind, title):
    assert ask(kind, report(title)).reason is Reason.MISSING_DATA


def test_found_by_code_with_its_conclusion():
    reading = ask("ecg", report(code="11524-6", conclusion="Sinus rhythm"))
    assert (reading.evidence[0].code, reading.evidence[0].value) == ("11524-6", "Sinus rhythm")


def test_the_newest_is_named_first():
    reading = ask(
        "ecg", report("ECG", on="2025-01-01"), report("ECG", on="2026-03-02"), report("ECG", on=None)
    )
    assert "2026-03-02" in reading.said


def test_procedures_and_observations_count_but_not_what_was_not_done():
    done = Procedure(
        status="completed", code=CodeableConcept(text="Electromyography"), performed_date_time="2026-05-01"
    )
    assert chart_with(done).answer(ReportOnRecord(report="emg")).reason is Reason.NEEDS_CLINICIAN
    planned = Procedure(status="not-done", code=CodeableConcept(text="Electromyography"))
    assert chart_with(planned).answer(ReportOnRecord(report="emg")).reason is Reason.MISSING_DATA
    assert (
        chart_with(obs("8601-7", "Sinus rhythm")).answer(ReportOnRecord(report="ecg")).evidence[0].value
        == "Sinus rhythm"
    )


def test_none_names_what_to_get():
    reading = ask("echo")
    assert (reading.reason, reading.needs[0].name) == (Reason.MISSING_DATA, "Echocardiogram report")
    assert ask("echo", asked={"DiagnosticReport": Asked.FAILED, "Observation": Asked.ANSWERED}).lost


def test_authors_errors_are_told():
    assert list(ReportOnRecord(report="mri").check(None))
