"""An EHR's FHIR server for tests, well behaved or not, on the loopback."""

from __future__ import annotations

import gzip
import json
import socketserver
import threading
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PATIENTS = Path(__file__).parents[2] / "fhir_fixtures" / "patients"
BASE_PATH = "/fhir/r4"
AS_OF = date(2026, 11, 1)


class Ehr(socketserver.ThreadingTCPServer):
    """Answers by ``behave(request, out)``; remembers what it was asked."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behave):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave = behave
        self.asked = []
        self.stopped = threading.Event()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}{BASE_PATH}"

    def tokens(self):
        return {each.headers.get("authorization") for each in self.asked}


class Request:
    def __init__(self, line, headers):
        _, target, _ = line.split(" ")
        self.target = target
        self.headers = headers
        parts = urlsplit(target)
        self.path = unquote(parts.path).removeprefix(BASE_PATH)
        self.kind = self.path.strip("/").partition("/")[0]
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode("latin-1").strip()
        if not line:
            return
        headers = {}
        while header := self.rfile.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        request = Request(line, headers)
        self.server.asked.append(request)
        try:
            self.server.behave(request, self)
        except OSError:
            return  # the other end has gone

    def send(self, body, status=200, **headers):
        """A whole answer. ``body``: bytes, or what becomes JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {
            "Content-Type": "application/fhir+json",
            "Content-Length": str(len(raw)),
            "Connection": "close",
        }
        head |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in head.items())]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)

    def wait(self):
        """Until the test is over."""
        self.server.stopped.wait(30)


@contextmanager
def running(behave):
    ehr = Ehr(behave)
    threading.Thread(target=ehr.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield ehr
    finally:
        ehr.stopped.set()
        ehr.shutdown()
        ehr.server_close()


def chart(slug="sle-woman-possible-match", patient_id="p1"):
    """The resources of a bundled chart, as a server with ids of its own holds them."""
    entries = json.loads((PATIENTS / slug / "bundle.json").read_text("utf-8"))["entry"]
    whole = json.dumps([entry["resource"] for entry in entries])
    old = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "Patient")["id"]
    urls = {entry["fullUrl"]: entry["resource"] for entry in entries if "fullUrl" in entry}
    for url, resource in urls.items():
        whole = whole.replace(f'"{url}"', f'"{resource["resourceType"]}/{resource["id"]}"')
    whole = whole.replace(f'"Patient/{old}"', f'"Patient/{patient_id}"')
    resources = json.loads(whole)
    for resource in resources:
        if resource["resourceType"] == "Patient":
            resource["id"] = patient_id
    return resources


def searchset(resources, *, next_url=None, **more):
    links = [{"relation": "next", "url": next_url}] if next_url else []
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries, **more}


def found(resources, request):
    """What a search finds: by type, patient and code."""
    codes = request.query.get("code", "").split(",") if "code" in request.query else None
    return [
        each
        for each in resources
        if each["resourceType"] == request.kind and (codes is None or _codes(each) & set(codes))
    ]


def _codes(resource):
    return {f"{each.get('system')}|{each.get('code')}" for each in resource["code"].get("coding", ())}


def well_behaved(resources, *, page=1000, patient_forms=("", "Patient/"), refuse_other_form=False, wait=0.0):
    """A server that holds one chart; ``page`` is how many entries it sends at once."""
    patient = next(each for each in resources if each["resourceType"] == "Patient")

    def behave(request, out):
        if wait:
            time.sleep(wait)
        if request.path == f"/Patient/{patient['id']}":
            out.send(patient)
            return
        if "patient" not in request.query and "_getpages" not in request.query:
            out.send({"resourceType": "OperationOutcome", "issue": []}, 404)
            return
        if "_getpages" in request.query:
            _, kind, start = request.query["_getpages"].split("-")
            everything = [each for each in resources if each["resourceType"] == kind]
            _page(everything, int(start), page, out)
            return
        if request.query["patient"] not in {f"{form}{patient['id']}" for form in patient_forms}:
            out.send(
                *(({"resourceType": "OperationOutcome"}, 400) if refuse_other_form else (searchset([]),))
            )
            return
        matches = found(resources, request)
        if "code" in request.query:
            out.send(searchset(matches))
            return
        _page(matches, 0, page, out)

    def _page(matches, start, size, out):
        rest = start + size < len(matches)
        kind = matches[0]["resourceType"] if matches else ""
        url = f"{out.server.base}?_getpages=s-{kind}-{start + size}" if rest else None
        out.send(searchset(matches[start : start + size], next_url=url))

    return behave


# What may go wrong, each as the behaviour of a server.


def hangs(_request, out):
    out.wait()


def resets(_request, out):
    out.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    out.connection.shutdown(2)


def drips_head(_request, out):
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000:
        out.wfile.write(bytes([byte]))
        if out.server.stopped.wait(0.02):
            return


def drips_body(_request, out):
    out.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1000):
        out.wfile.write(b" ")
        if out.server.stopped.wait(0.02):
            return


def status(code, **headers):
    def behave(_request, out):
        out.send({"resourceType": "OperationOutcome", "issue": []}, code, **headers)

    return behave


def html(_request, out):
    out.send(b"<html><body>Sign in</body></html>", Content_Type="text/html")


def truncated(_request, out):
    out.send(b'{"resourceType": "Bundle", "type": "searchset", "entry": [{"resou')


def empty(_request, out):
    out.send(b"")


def gzip_bomb(_request, out):
    out.send(gzip.compress(b" " * 50_000_000, 1), Content_Encoding="gzip")


def endless_body(_request, out):
    out.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not out.server.stopped.is_set():
        out.wfile.write(b" " * 65536)


def endless_pages(request, out):
    """Each page leads to another one."""
    number = int(request.query.get("page", "0"))
    resource = {"resourceType": request.kind, "id": f"r{number}", "subject": {"reference": "Patient/p1"}}
    out.send(searchset([resource], next_url=f"{out.server.base}/{request.kind}?page={number + 1}"))


def same_page_again(request, out):
    out.send(searchset([], next_url=f"{out.server.base}/{request.kind}?again"))


def deep(_request, out):
    out.send(b"[" * 100_000 + b"]" * 100_000)


def of_another_patient(request, out):
    if request.path.startswith("/Patient/"):
        out.send({"resourceType": "Patient", "id": "p2", "gender": "female", "birthDate": "1980-01-01"})
        return
    out.send(searchset([{"resourceType": request.kind, "id": "x", "subject": {"reference": "Patient/p2"}}]))


def not_a_bundle(request, out):
    out.send([1, 2, "three"])


def outcome_with_200(_request, out):
    out.send({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]})


SLOW = ("hangs", "drips its header", "drips its body", "an endless body")
"""Those that only the deadline ends."""

FAULTS = {
    "hangs": hangs,
    "resets the connection": resets,
    "drips its header": drips_head,
    "drips its body": drips_body,
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "410": status(410),
    "429": status(429, Retry_After="120"),
    "500": status(500),
    "503": status(503, Retry_After="120"),
    "HTML": html,
    "truncated JSON": truncated,
    "an empty body": empty,
    "a gzip bomb": gzip_bomb,
    "an endless body": endless_body,
    "endless pages": endless_pages,
    "the same page again": same_page_again,
    "JSON nested too deep": deep,
    "another patient's records": of_another_patient,
    "JSON that is no FHIR": not_a_bundle,
    "an OperationOutcome with 200": outcome_with_200,
}
