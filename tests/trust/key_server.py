"""A client's key server for tests, well behaved or not, on the loopback; with TLS where it is asked for."""

import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


class KeyServer(socketserver.ThreadingTCPServer):
    """Answers by ``behave(out)``; remembers the request lines and headers."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, behave, tls=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave = behave
        self.tls = tls
        self.asked = []
        self.stopped = threading.Event()

    def get_request(self):
        caller, address = super().get_request()
        caller.settimeout(10)
        if self.tls:
            caller = self.tls.wrap_socket(caller, server_side=True, do_handshake_on_connect=False)
        return caller, address

    def handle_error(self, *_):
        """The other end has gone, or does not trust the certificate."""

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.server_address[1]}/jwks"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = self.rfile.readline()
            if not piece:
                return
            head += piece
        self.server.asked.append(head.decode("latin-1"))
        self.server.behave(self)

    def send(self, body, head=OK):
        self.wfile.write(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def drip(self, data, pause=0.02):
        for byte in data:
            self.wfile.write(bytes([byte]))
            if self.server.stopped.wait(pause):
                return


@contextmanager
def key_server(behave, tls=None):
    server = KeyServer(behave, tls)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()


def serving(data):
    return lambda out: out.send(data)


def certificate(directory, host="127.0.0.1"):
    """A TLS context for that address, and the file of its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Key Server")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / f"{host}.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    return tls, file
