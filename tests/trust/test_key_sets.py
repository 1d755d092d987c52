"""A key set, read: what a foreign server may have put into it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keys_and_tokens import KID, ec, public, rsa

from cds_service.trust.keys import KeySetError, read_key_set

GOOD = public(ec("good"))["keys"][0]
EC = public(ec())["keys"][0]
RSA = public(rsa())["keys"][0]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def read(*members):
    return read_key_set(json.dumps({"keys": list(members)}).encode())


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.sampled_from(sorted(EC | RSA | {"key_ops": 0, "alg": 0, "d": 0})), JSON)
def test_whatever_a_member_holds_the_good_key_beside_it_is_kept(name, value):
    for key in (EC, RSA):
        assert read(key | {name: value}, GOOD).find("good", "ES384") is not None


@settings(derandomize=True, deadline=None, max_examples=100)
@given(JSON)
def test_whatever_stands_where_a_key_or_the_set_should(value):
    assert len(read(value, GOOD).keys) == 1
    for whole in (value, {"keys": value}):
        with pytest.raises(KeySetError):
            read_key_set(json.dumps(whole).encode())


@pytest.mark.parametrize("alg", ["HS384", "none", "ES512", "RSA-OAEP", "", ["ES384"], {}, 5])
def test_a_key_for_another_algorithm_is_left_out(alg):
    found = read(EC | {"alg": alg}, GOOD)
    assert found.find(KID, "ES384") is None
    assert "its algorithm is none of" in found.left_out[0]


def test_a_key_that_names_its_algorithm_is_for_no_other():
    keys = read(RSA | {"alg": "RS256"})
    assert keys.find("rsa-1", "RS256") is not None
    assert keys.find("rsa-1", "RS384") is None


@pytest.mark.parametrize("ops", [["sign"], [], "verify", None, ["encrypt"], {"verify": 1}])
def test_a_key_that_is_not_for_verifying_is_left_out(ops):
    assert read(EC | {"key_ops": ops}, GOOD).find(KID, "ES384") is None


@pytest.mark.parametrize("private", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_spoils_the_key_even_where_it_is_nonsense(private):
    found = read(EC | {private: None}, GOOD)
    assert found.find(KID, "ES384") is None
    assert found.private


def test_an_id_that_two_keys_have_is_no_id_unless_their_kind_tells_them_apart():
    assert read(EC, GOOD | {"kid": KID}).find(KID, "ES384") is None
    assert read(EC, EC).find(KID, "ES384") is None
    both = read(EC, RSA | {"kid": KID})
    assert both.find(KID, "ES384").kind == "EC"
    assert both.find(KID, "RS384").kind == "RSA"


@pytest.mark.parametrize("e", ["AQ", "AA", "Ag", "", "AQAC"])
def test_an_rsa_exponent_that_proves_nothing_is_left_out(e):
    assert read(RSA | {"e": e}, GOOD).find("rsa-1", "RS384") is None


@pytest.mark.parametrize("n", ["AAAA", "", "!" * 400, "A" * 400, "A" * 2000, "_" * 2000])
def test_a_modulus_of_another_length_is_left_out_however_it_is_padded(n):
    assert read(RSA | {"n": n}, GOOD).find("rsa-1", "RS384") is None


def test_certificates_and_addresses_in_a_key_are_not_looked_at():
    found = read(EC | {"x5u": "https://evil.example.org/cert", "x5c": ["AAAA"]})
    assert found.find(KID, "ES384") is not None
