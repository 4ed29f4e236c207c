#!/usr/bin/env python3
"""What the server stands: requests a second, latencies, rows a second, and its memory after many deployments.

    load.py --pmmlc target/release/pmmlc --seconds 5 NAME=model.pmml,rows.csv...

Server and load share the machine. Needs wrk (Debian: wrk). Prints tables in Markdown.
"""

import argparse
import csv
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time

LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = %s
done = function(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %%.0f %%.0f %%.0f %%.0f %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), errors))
end
"""


def start(pmmlc):
    server = subprocess.Popen([pmmlc, "serve", "--host", "127.0.0.1", "--port", "0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"address=(\S+)", line)
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, found[1]
    raise SystemExit("the server did not start")


class Client:
    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def call(self, method, path, body=None, content_type="application/json"):
        self.connection.request(method, path, body, {"Content-Type": content_type})
        response = self.connection.getresponse()
        text = response.read()
        assert response.status in (200, 201), (response.status, text[:300])
        return text

    def metric(self, name):
        text = self.call("GET", "/metrics").decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", required=True)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--deployments", type=int, default=1000)
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    server, address = start(arguments.pmmlc)
    try:
        client = Client(address)
        single, tables = [], []
        for argument in arguments.models:
            name, files = argument.split("=", 1)
            model, rows_file = files.split(",")
            path = f"/openscoring/model/{name}"
            with open(model, "rb") as document:
                client.call("PUT", path, document.read(), "application/xml")
            with open(rows_file, newline="") as source:
                header, *rows = list(csv.reader(source))
            requests = [{"arguments": {key: cell for key, cell in zip(header, row) if cell}} for row in rows]
            client.call("POST", path, json.dumps(requests[0]))
            for connections in (1, 16, 256):
                before = client.metric(f'pmml_score_seconds_sum{{model="{name}"}}'), client.metric(f'pmml_evaluation_seconds_sum{{model="{name}"}}'), client.metric(f'pmml_evaluation_seconds_count{{model="{name}"}}')
                with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
                    script.write(LUA % quoted(json.dumps(requests[0])))
                    script.flush()
                    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{arguments.seconds}s", "-s", script.name,
                                             f"http://{address}{path}"], capture_output=True, text=True, check=True).stdout
                rate, p50, p99, p999, errors = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+)", output).groups()
                after = client.metric(f'pmml_score_seconds_sum{{model="{name}"}}'), client.metric(f'pmml_evaluation_seconds_sum{{model="{name}"}}'), client.metric(f'pmml_evaluation_seconds_count{{model="{name}"}}')
                count = max(after[2] - before[2], 1)
                score, whole = ((after[i] - before[i]) / count * 1e6 for i in (0, 1))
                single.append((name, connections, rate, p50, p99, p999, errors, f"{score:.1f}", f"{whole - score:.1f}"))
            many = (rows * (10_000 // len(rows) + 1))[:10_000]
            batch = json.dumps({"requests": (requests * (10_000 // len(rows) + 1))[:10_000]})
            table = "\n".join(",".join(row) for row in [header] + many) + "\n"
            for mode, sent, content_type in [("batch", batch, "application/json"), ("csv", table, "text/csv")]:
                times = []
                for _ in range(7):
                    began = time.monotonic()
                    client.call("POST", f"{path}/{mode}", sent, content_type)
                    times.append(time.monotonic() - began)
                tables.append((name, mode, f"{10_000 / sorted(times)[3]:,.0f}"))
        print("| model | connections | requests a second | p50, µs | p99, µs | p99.9, µs | errors | scoring, µs | HTTP and JSON, µs |")
        print("|---|---|---|---|---|---|---|---|---|")
        for row in single:
            print("| " + " | ".join(map(str, row)) + " |")
        print("\n| model | mode | rows a second |\n|---|---|---|")
        for row in tables:
            print("| " + " | ".join(row) + " |")
        with open(arguments.models[0].split("=", 1)[1].split(",")[0], "rb") as document:
            document = document.read()
        memory = []
        for count in range(arguments.deployments + 1):
            if count in (0, arguments.deployments // 10, arguments.deployments):
                memory.append(f"{client.metric('process_resident_memory_bytes') / 2**20:.1f} MiB after {count}")
            client.call("PUT", "/openscoring/model/again", document, "application/xml")
            client.call("DELETE", "/openscoring/model/again")
        print("\nDeployed and undeployed: " + ", ".join(memory) + ".")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
