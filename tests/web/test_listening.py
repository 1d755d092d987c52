import socket

import pytest

from cds_service.errors import SettingError
from cds_service.web.listening import listening_address


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("[::1]", "::1")],  # noqa: S104
)
def test_a_host_is_an_address(host, address):
    assert listening_address(host, 0) == address


@pytest.mark.parametrize("shared", [True, False])
def test_a_port_that_is_taken_is_told(shared):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"CART_CDS_PORT {port} is taken"):
            listening_address("127.0.0.1", port)
    assert listening_address("127.0.0.1", port) == "127.0.0.1"


def test_a_host_that_is_none_of_ours_is_told(monkeypatch):
    with pytest.raises(SettingError, match="no address of this machine"):
        listening_address("192.0.2.1", 8080)

    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SettingError, match="no address of this machine"):
        listening_address("cds.example.org", 8080)
