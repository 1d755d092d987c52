"""The service with a certificate of its own: HTTPS, and nothing else on that port."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cds_service.errors import SettingError
from cds_service.settings import read_settings

START_WITHIN = 60


def certificate(place, name, password=None):
    """A key and a certificate for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    closed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    (place / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (place / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
    )
    return place / f"{name}.pem", place / f"{name}.key"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "own")


@pytest.fixture(scope="module")
def port(files):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chain, key = files
    environment = os.environ | {"CART_CDS_TLS_CERTIFICATE": str(chain), "CART_CDS_TLS_KEY": str(key)}
    command = [sys.executable, "-c", f"from cds_service.web.server import run; run(port={port})"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as server:
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end and server.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield port
        server.send_signal(signal.SIGTERM)


def trusting(files, newest=None):
    context = ssl.create_default_context(cafile=files[0])
    if newest:
        context.maximum_version = newest
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_discovery_is_answered_over_tls(port, files, version):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting(files, version))
    connection.request("GET", "/cds-services")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read().startswith(b'{"services"')
    connection.close()


def test_https_alone_is_spoken_where_a_certificate_is_set(port):
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        plain.sendall(b"GET /cds-services HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"services" not in plain.recv(65536)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_older_tls_is_refused(port, files):
    context = trusting(files)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port), 20) as raw, pytest.raises(OSError):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_a_certificate_goes_with_its_key(files, tmp_path):
    chain, key = files
    other = certificate(tmp_path, "other")
    closed = certificate(tmp_path, "closed", b"secret")
    assert read_settings(tls_certificate=chain, tls_key=key).tls_key == key
    for wrong in (
        {"tls_certificate": chain},
        {"tls_key": key},
        {"tls_certificate": chain, "tls_key": other[1]},
        {"tls_certificate": key, "tls_key": chain},
        {"tls_certificate": tmp_path / "nothing.pem", "tls_key": key},
        {"tls_certificate": closed[0], "tls_key": closed[1]},
    ):
        with pytest.raises(SettingError, match="CART_CDS_TLS_CERTIFICATE"):
            read_settings(**wrong)
