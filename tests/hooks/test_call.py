import msgspec
import pytest

from cds_service.errors import BadRequest
from cds_service.hooks.call import FhirAuthorization, HookCall, decode_json, read_call
from cds_service.hooks.offered import PATIENT_VIEW

GOOD = b'{"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "Patient/1"}, "more": [1]}'


def test_a_call_is_read_and_a_typed_patient_id_is_understood():
    assert read_call(GOOD, PATIENT_VIEW).patient_id == "1"


def test_an_access_token_is_never_shown():
    call = HookCall(fhir_authorization=FhirAuthorization(access_token="secret"))
    assert "secret" not in repr(call)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"hook": 5}', "Expected str | null, got int at $.hook"),
        (b'{"prefetch": [1]}', "Expected object | null, got array at $.prefetch"),
        (b'{"context": {"patientId": []}}', "Expected str | null, got array at $.context.patientId"),
        (b"[]", "Expected object, got array"),
    ],
)
def test_a_wrong_type_is_told_by_its_place(body, said):
    with pytest.raises(BadRequest, match="wrong type") as caught:
        read_call(body, PATIENT_VIEW)
    assert said in caught.value.text


def test_bytes_that_are_not_utf_8_are_refused_even_where_nobody_reads_them():
    with pytest.raises(BadRequest, match="UTF-8"):
        read_call(GOOD.replace(b"[1]", b'"\xff"'), PATIENT_VIEW)


def test_what_a_decoder_says_of_a_value_is_not_passed_on():
    class Odd(msgspec.Struct):
        x: dict[int, int]

    with pytest.raises(BadRequest) as caught:
        decode_json(b'{"x": {"Zebra": 1}}', msgspec.json.Decoder(Odd))
    assert "Zebra" not in caught.value.text
