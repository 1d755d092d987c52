import pytest

from cds_service.fhir.systems import normal_code, normal_system


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("http://loinc.org", "http://loinc.org"),
        ("https://loinc.org/", "http://loinc.org"),
        (" HTTP://LOINC.ORG ", "http://loinc.org"),
        ("urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"),
        ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
        ("http://snomed.info/sct/731000124108/version/20230901", "http://snomed.info/sct"),
        ("http://snomed.info/sct|http://snomed.info/sct/900000000000207008", "http://snomed.info/sct"),
        ("urn:oid:2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"),
        ("urn:oid:2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("http://hl7.org/fhir/sid/icd-10-cm/", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("urn:oid:2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        ("urn:oid:2.16.840.1.113883.12.292", "http://hl7.org/fhir/sid/cvx"),
        ("http://www.whocc.no/atc", "http://www.whocc.no/atc"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "http://hl7.org/fhir/sid/icd-10"),
        ("urn:oid:1.2.3.4", "urn:oid:1.2.3.4"),
        (" urn:site:Labs ", "urn:site:Labs"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_code_system_has_one_name(sent, meant):
    assert normal_system(sent) == meant


def test_icd_10_of_who_and_of_the_united_states_stay_apart():
    assert normal_system("http://hl7.org/fhir/sid/icd-10") != normal_system(
        "http://hl7.org/fhir/sid/icd-10-cm"
    )


def test_a_code_is_trimmed():
    assert normal_code("https://loinc.org/", " 777-3 ") == "http://loinc.org|777-3"
