"""The clients file: what each key does, and what an operator is told of each fault: file, line, remedy."""

import json
import tomllib
from pathlib import Path

import pytest
from keys_and_tokens import ISSUER, KID, ec, key_set, public, rsa
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from cds_service.errors import SettingError
from cds_service.trust.client_file import read_clients
from cds_service.trust.client_table import ClientTable

HEAD = f'[our-ehr]\nissuer = "{ISSUER}"\nkey_set_file = "keys.json"\n'


@pytest.fixture
def write(tmp_path):
    """Writes the file as it stands, a good key set beside it."""
    (tmp_path / "keys.json").write_bytes(key_set(ec(), rsa()))

    def make(text):
        file = tmp_path / "clients.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return make


def told(file):
    """What is wrong, without the directory."""
    with pytest.raises(SettingError) as wrong:
        read_clients(file)
    return str(wrong.value).replace(f"{file.parent}/", "")


def test_a_table_with_the_least_in_it(write):
    (client,) = read_clients(write(HEAD))
    assert (client.name, client.issuer) == ("our-ehr", ISSUER)
    assert client.algorithms == ("ES384", "RS384")
    assert client.keys.find(KID, "ES384") is not None
    assert (client.rate_per_minute, client.leeway, client.longest_life) == (600, 60, 900)
    assert (client.jku, client.audiences, client.tenants, client.fhir_bases, client.cors_origins) == ((),) * 5


def test_every_key_is_read(write):
    every = """
jku = ["https://ehr.example.org/other-keys"]
algorithms = ["RS256"]
audiences = ["https://example.org/hook"]
tenants = ["north", "south"]
fhir_bases = ["HTTPS://FHIR.example.org:443/R4/", "http://127.0.0.1:8090/fhir"]
cors_origins = ["https://app.example.org"]
rate_per_minute = 12
leeway_seconds = 0
longest_life_seconds = 3600
"""
    (client,) = read_clients(write(HEAD + every))
    assert client.jku == ("https://ehr.example.org/other-keys",)
    assert client.algorithms == ("RS256",)
    assert client.audiences == ("https://example.org/hook",)
    assert client.tenants == ("north", "south")
    assert client.fhir_bases == ("https://fhir.example.org/R4", "http://127.0.0.1:8090/fhir")
    assert client.cors_origins == ("https://app.example.org",)
    assert (client.rate_per_minute, client.leeway, client.longest_life) == (12, 0, 3600)
    written = {line.split(" = ")[0] for line in every.splitlines()} | {
        "issuer",
        "key_set_file",
        "key_set_url",
    }
    assert set(ClientTable.model_fields) == written - {""}


def test_a_key_set_at_an_address_is_not_fetched_at_the_start(write):
    url = "https://keys.example.invalid/jwks?version=2"
    (client,) = read_clients(write(f'[ehr]\nissuer = "{ISSUER}"\nkey_set_url = "{url}"\n'))
    assert client.jku == (url,)


def test_several_clients_are_found_by_issuer(write):
    clients = read_clients(write(HEAD + HEAD.replace("our-ehr", "two").replace(ISSUER, "urn:ehr:two")))
    assert len(clients) == 2
    assert clients.of_issuer("urn:ehr:two").name == "two"
    assert clients.of_issuer("urn:ehr:three") is None


def test_a_byte_order_mark_is_no_fault(write):
    assert len(read_clients(write(b"\xef\xbb\xbf" + HEAD.encode()))) == 1


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ('isuer = "x"', 4, "there is no key 'isuer'. The keys are issuer, key_set_file"),
        ("open = true", 4, "there is no key 'open'"),
        ("# a word\n\nrate = 5", 6, "there is no key 'rate'"),
        ('algorithms = ["HS256"]', 4, "algorithm 'HS256' is not allowed; choose from ES384, RS384"),
        ('algorithms = ["none"]', 4, "algorithm 'none' is not allowed"),
        ('algorithms = ["es384"]', 4, "algorithm 'es384' is not allowed"),
        ("algorithms = []", 4, "algorithms"),
        ('algorithms = "ES384"', 4, "algorithms"),
        ('algorithms = ["ES256"]', 3, "none of its keys is for ES256"),
        ('fhir_bases = ["http://fhir.example.org/r4"]', 4, "is no FHIR base; write an https address"),
        ('fhir_bases = ["https://user@fhir.example.org/r4"]', 4, "is no FHIR base"),
        ('fhir_bases = ["https://fhir.example.org/r4?x=1"]', 4, "is no FHIR base"),
        ('fhir_bases = ["https://fhir.example.org/a/../r4"]', 4, "is no FHIR base"),
        ('fhir_bases = [\n  "https://fhir.example.org/r4",\n  "ftp://x"\n]', 4, "'ftp://x' is no FHIR base"),
        ("fhir_bases = [5]", 4, "fhir_bases"),
        ('cors_origins = ["*"]', 4, "'*' is no origin; write https://ehr.example.org"),
        ('cors_origins = ["null"]', 4, "'null' is no origin"),
        ('cors_origins = ["https://ehr.example.org/"]', 4, "is no origin"),
        ('cors_origins = ["https://EHR.example.org"]', 4, "in lower case"),
        ('cors_origins = ["https://*.example.org"]', 4, "is no origin"),
        ('jku = ["http://ehr.example.org/keys"]', 4, "is no address of a key set; write an https address"),
        ('jku = ["https://user:pass@ehr.example.org/keys"]', 4, "is no address of a key set"),
        ('tenants = ["north", ""]', 4, "tenants"),
        ("tenants = true", 4, "tenants"),
        ("audiences = [1]", 4, "audiences"),
        ("rate_per_minute = 0", 4, "rate_per_minute"),
        ('rate_per_minute = "60"', 4, "rate_per_minute"),
        ("rate_per_minute = 1.5", 4, "rate_per_minute"),
        ("rate_per_minute = true", 4, "rate_per_minute"),
        ("leeway_seconds = -1", 4, "leeway_seconds"),
        ("leeway_seconds = 301", 4, "leeway_seconds"),
        ("longest_life_seconds = 3601", 4, "longest_life_seconds"),
        ("longest_life_seconds = 29", 4, "longest_life_seconds"),
        ('key_set_url = "https://ehr.example.org/jwks"', 3, "give either key_set_file or key_set_url"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_to_do(write, lines, line, words):
    said = told(write(f"{HEAD}{lines}\n"))
    assert said.startswith(f"clients.toml:{line}: [our-ehr] ")
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[ehr]\nkey_set_file = "keys.json"\n', 1, "issuer is missing. Write what the tokens have as iss."),
        ('[ehr]\nissuer = "an ehr"\nkey_set_file = "keys.json"', 2, "issuer 'an ehr' is no URI"),
        ('[ehr]\nissuer = ""\nkey_set_file = "keys.json"', 2, "issuer"),
        ('[ehr]\nissuer = 5\nkey_set_file = "keys.json"', 2, "issuer"),
        (f'[ehr]\nissuer = "{ISSUER}"\n', 1, "give either key_set_file or key_set_url"),
        (
            f'[ehr]\nissuer = "{ISSUER}"\nkey_set_url = "http://ehr.example.org/k"',
            3,
            "write an https address",
        ),
        (f'[ehr]\nissuer = "{ISSUER}"\nkey_set_url = "http://127.0.0.1/k"', 3, "write an https address"),
        (f'[ehr]\nissuer = "{ISSUER}"\nkey_set_url = "file:///etc/keys"', 3, "write an https address"),
        (
            f'[ehr]\nissuer = "{ISSUER}"\nkey_set_file = "none.json"',
            3,
            "none.json cannot be read (No such file",
        ),
        (f'[ehr]\nissuer = "{ISSUER}"\nkey_set_file = "."', 3, "cannot be read (Is a directory)"),
        ('["our ehr"]\nissuer = "x"', 1, "a client's name has letters, digits"),
        ('issuer = "x"', 1, "this is no table. Write [issuer]"),
        ('[open]\nissuer = "x:y"', 1, "that name is for callers of a service without clients"),
        ('[[ehr]]\nissuer = "x"', 1, "this is no table"),
        ("[ehr\nissuer = 5", 1, "this is no TOML"),
        (HEAD + HEAD, 4, "this is no TOML"),
        (HEAD + 'issuer = "x:y"\n', 4, "this is no TOML"),
    ],
)
def test_a_table_that_is_none_is_told(write, text, line, words):
    said = told(write(text))
    assert said.startswith(f"clients.toml:{line}: ")
    assert words in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no client in it. Write one table a client, such as [our-ehr]."),
        ("# nothing yet\n", "there is no client in it"),
        (b"\xff\xfe[\x00e\x00", "this is no TOML"),
        ('[ehr]\nissuer = "', "this is no TOML"),
    ],
)
def test_a_file_that_is_none_is_told(write, text, words):
    said = told(write(text))
    assert said.startswith("clients.toml")
    assert words in said


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    assert "the clients file cannot be read (No such file" in told(tmp_path / "none.toml")
    assert "the clients file cannot be read (Is a directory)" in told(tmp_path)


def test_two_clients_of_one_issuer_are_refused(write):
    said = told(write(HEAD + HEAD.replace("our-ehr", "again")))
    assert said == (
        f"clients.toml:5: [again] the issuer '{ISSUER}' is that of [our-ehr] too. Give each issuer one table."
    )


def test_everything_that_is_wrong_is_told_at_once(write):
    said = told(write(f'{HEAD}rate = 1\ncors_origins = ["*"]\n\n[two]\nissuer = "x y"\n'))
    assert [line.split(" ")[0] for line in said.splitlines()] == [
        "clients.toml:4:",
        "clients.toml:8:",
        "clients.toml:7:",
    ]


# Keys in a file.


def private(key):
    return {"keys": [key.as_dict(private=True)]}


KEY_FILES = {
    "a private EC key": (lambda: private(ec()), "it is private or symmetric; list only the public part"),
    "a private RSA key": (lambda: private(rsa()), "it is private or symmetric"),
    "a private key beside a public one": (
        lambda: {"keys": [*public(ec())["keys"], *private(rsa())["keys"]]},
        "key 2: it is private or symmetric",
    ),
    "a shared secret": (lambda: {"keys": [{"kty": "oct", "kid": "s", "k": "AAAA"}]}, "private or symmetric"),
    "an RSA key that is too short": (lambda: public(rsa("weak", 1024)), "an RSA key has 2048 to 8192 bits"),
    "an EC key on another curve": (lambda: public(ec("x", "P-521")), "an EC key is on P-384 or P-256"),
    "an Edwards key": (
        lambda: {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "e", "x": "AA"}]},
        "its kty is neither EC nor RSA",
    ),
    "a key on a curve that is not allowed": (
        lambda: public(ec("p256", "P-256")),
        "none of its keys is for ES384 or RS384",
    ),
    "a key for encryption": (lambda: changed(use="enc"), "it is not for signatures"),
    "a key without an id": (lambda: changed(kid=...), 'it has no "kid"'),
    "two keys of one id": (
        lambda: {"keys": public(ec())["keys"] + changed(ec("other"), kid=KID)["keys"]},
        f"two of its keys have the kid '{KID}', and neither is used. Give each key its own.",
    ),
    "a point that is not on the curve": (lambda: changed(x="A" * 64), "its numbers are no valid key"),
    "an exponent of one": (lambda: changed(rsa(), e="AQ"), "its numbers are no valid key"),
    "one key and no set": (lambda: public(ec())["keys"][0], "it is no JWK Set"),
    "an empty set": (lambda: {"keys": []}, "it has no usable key"),
    "too many keys": (lambda: {"keys": public(ec())["keys"] * 101}, "it has more than 100 keys"),
    "PEM": (lambda: ec().as_pem(private=False), "it is no JWK Set; it should be JSON like"),
    "nothing": (lambda: b"", "it is no JWK Set"),
    "bytes": (lambda: b"\xff\x00", "it is no JWK Set"),
    "deep JSON": (lambda: b"[" * 100_000, "it is no JWK Set"),
}


def changed(key=None, **members):
    whole = public(key or ec())["keys"][0] | members
    return {"keys": [{name: value for name, value in whole.items() if value is not ...}]}


@pytest.mark.parametrize("kind", KEY_FILES)
def test_a_key_file_that_would_let_nobody_in_or_anybody_is_told(write, kind):
    make, words = KEY_FILES[kind]
    content = make()
    file = write(HEAD)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (file.parent / "keys.json").write_bytes(data)
    said = told(file)
    assert said.startswith("clients.toml:3: [our-ehr] key_set_file: ")
    assert words in said


def test_no_key_material_is_told(write):
    file = write(HEAD)
    (file.parent / "keys.json").write_text(json.dumps(private(ec())))
    assert ec().as_dict(private=True)["d"] not in told(file)


def test_keys_for_other_purposes_beside_a_usable_one_are_no_fault(write):
    file = write(HEAD)
    others = changed(ec("enc"), use="enc")["keys"] + changed(ec("x", "P-521"))["keys"]
    (file.parent / "keys.json").write_text(json.dumps({"keys": others + public(ec())["keys"]}))
    (client,) = read_clients(file)
    assert client.keys.find(KID, "ES384")
    assert client.keys.find("enc", "ES384") is None


def test_a_key_file_that_is_exchanged_is_read_again_without_a_restart(write):
    file = write(HEAD)
    (client,) = read_clients(file)
    (file.parent / "keys.json").write_bytes(key_set(ec("new")))
    assert client.keys.find("new", "ES384")
    assert client.keys.find(KID, "ES384") is None


@pytest.mark.parametrize("content", [b"", b"{", json.dumps({"keys": []}).encode(), None])
def test_a_key_file_that_is_spoilt_later_costs_no_key(write, content):
    file = write(HEAD)
    (client,) = read_clients(file)
    if content is None:
        (file.parent / "keys.json").unlink()
    else:
        (file.parent / "keys.json").write_bytes(content)
    assert client.keys.find("new", "ES384") is None
    assert client.keys.find(KID, "ES384")


def test_the_documented_file_is_one_and_has_every_key(write):
    page = (Path(__file__).parents[2] / "docs" / "trusting-clients.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    file = write(example)
    (file.parent / "hospital.jwks.json").write_bytes(key_set(ec()))
    (client,) = read_clients(file)
    assert client.name == "hospital"
    for name, key in ClientTable.model_fields.items():
        assert name in example
        if key.default not in (None, PydanticUndefined) and name != "fhir_bases":
            assert (
                getattr(ClientTable.model_validate(tomllib.loads(example)["hospital"]), name) == key.default
            )


def test_a_table_is_strict():
    with pytest.raises(ValidationError):
        ClientTable.model_validate({"issuer": ISSUER, "key_set_file": 5})
