#!/usr/bin/env python3
"""Tests the server against its OpenAPI document with schemathesis, in all phases.

    python3 -m venv venv && venv/bin/pip install -r server/scripts/requirements.txt
    venv/bin/python server/scripts/schemathesis_run.py --pmmlc target/release/pmmlc

Other options are passed to `st run`: `--max-examples 1000`, `--seed 1`, `--include-operation-id deploy`.

Checks for properties that the API does not guarantee are omitted. `negative_data_rejection`: unknown parameters of a query are
ignored. `positive_data_acceptance`: an invalid document is a string, as in the description of the API, but is rejected.
`missing_required_header`, `ignored_auth`, `object_level_authorization`: do not apply.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent / "tests/server/common"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
]


def start(pmmlc, store):
    """Starts a server on a free port. Returns the process and its address."""
    command = [pmmlc, "serve", "--host", "127.0.0.1", "--port", "0", "--store", store]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        sys.stderr.write(line)
        if found := re.search(r"address=(\S+)", line):
            threading.Thread(target=lambda: [sys.stderr.write(line) for line in server.stderr], daemon=True).start()
            return server, "http://" + found[1]
    sys.exit("the server has ended")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", default="target/release/pmmlc")
    arguments, others = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as store, tempfile.TemporaryDirectory() as work:
        server, address = start(arguments.pmmlc, store)
        try:
            for name in ["line", "tree", "baskets"]:
                document = (MODELS / f"{name}.pmml").read_bytes()
                url = f"{address}/openscoring/model/{name}"
                headers = {"Content-Type": "application/xml"}
                urllib.request.urlopen(urllib.request.Request(url, document, headers, method="PUT"))
            tool = (pathlib.Path(sys.executable).parent / "st").absolute()
            command = [tool if tool.exists() else "st", "run", f"{address}/openapi.json", "--checks", ",".join(CHECKS)]
            environment = {
                **os.environ,
                "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
                "PYTHONPATH": str(HERE.absolute()),
                "PYTHONHASHSEED": "0",
            }
            result = subprocess.run(command + others, env=environment, cwd=work, check=False)
            if server.poll() is not None:
                sys.exit("the server has ended")
        finally:
            server.kill()
            server.wait()
    sys.exit(result.returncode)


main()
