"""What libraries, the HTTP server and uncaught errors write: one line each, and none of their words."""

import json
import os
import subprocess
import sys

SCRIPT = """
import logging, logging.config, threading, warnings
from cds_service.watch.process_lines import catch_the_uncaught, log_config
logging.config.dictConfig(log_config())
logging.getLogger("_granian").setLevel("INFO")
catch_the_uncaught()
logging.getLogger("urllib3.connectionpool").warning("GET https://fhir.example.org/Patient/zebra-1")
logging.getLogger("_granian").info("Started worker-1")
logging.getLogger("_granian.workers").error("Application callable raised\\nTraceback\\nKeyError: zebra")
logging.getLogger("_granian").warning("Configuration allows spawning up to 144 Python threads")
try:
    int("zebra")
except ValueError:
    logging.getLogger("some.library").exception("could not read %s", "zebra")
warnings.warn("zebra")
class Zebra:
    def __del__(self):
        raise KeyError("zebra")
Zebra()
thread = threading.Thread(target=lambda: {}["zebra"])
thread.start()
thread.join()
raise RuntimeError("zebra")
"""


def test_each_is_one_line_without_its_words():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert "zebra" not in done.stderr.lower() + done.stdout
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    told = [(line["event"], line.get("logger"), line.get("said"), line.get("error")) for line in lines]
    assert told == [
        ("library", "urllib3.connectionpool", None, None),
        ("server", None, "Started worker-1", None),
        ("server", None, "Application callable raised", None),
        ("library", "some.library", None, "ValueError"),
        ("library", "py.warnings", None, None),
        ("library", "cds_service.unraisable", None, "KeyError"),
        ("library", "cds_service.thread", None, "KeyError"),
        ("library", "cds_service.process", None, "RuntimeError"),
    ]
    assert done.returncode == 1
