"""Run with the peers' own Python: healthchain's sandbox client calls a service; prints what it made of it.

usage: healthchain_client.py URL PREFETCH_FILE [PATIENT_ID]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from healthchain.models.hooks import PatientViewContext
from healthchain.sandbox import SandboxClient

url, prefetch, *patient = sys.argv[1:]
client = SandboxClient(url=url, workflow="patient-view", protocol="rest")
client._construct_request(json.loads(Path(prefetch).read_text("utf-8")))
if patient:
    client.requests[0].context = PatientViewContext(patientId=patient[0])
sys.stdout.write(json.dumps(client.send_requests()))
