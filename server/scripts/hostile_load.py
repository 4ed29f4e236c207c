"""Attacks `pmmlc serve` from several loopback addresses at once, and measures its memory and honest requests meanwhile.

    python3 server/scripts/hostile_load.py --pmmlc target/release/pmmlc [--memory MIB] [--seconds N]

The server has a memory budget (1,024 MiB by default). For the given number of seconds, six clients send gzip batches of 9.9
million empty rows, 29 KB each; one client opens 1,040 streams and stalls; twenty clients request large responses and read
almost nothing; others send lists, wide tables and long lines, rows that double their strings up to the limit and beyond,
and long strings to compare with many terms. An honest client evaluates single rows, another one deploys.
Prints the largest resident memory, the results of the honest clients, and the responses to the attacks; fails if the memory
exceeds the budget by a quarter or an honest request has no response.
"""

import argparse
import collections
import gzip
import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = (ROOT / "examples/data/iris.pmml").read_bytes()
ROW = json.dumps({"arguments": {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}})
PATH = "/openscoring/model/iris"
DOUBLING, COMPARING = "/openscoring/model/doubling", "/openscoring/model/comparing"


def document(fields, result):
    """Returns a document of a regression with derived fields of a string, of which one is an output."""
    return f"""<PMML version="4.4"><Header/><DataDictionary>
      <DataField name="text" optype="categorical" dataType="string"/>
      <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
      <RegressionModel functionName="regression"><MiningSchema><MiningField name="text"/>
      <MiningField name="y" usageType="target"/></MiningSchema><Output><OutputField name="result" dataType="string"
      optype="categorical" feature="transformedValue"><FieldRef field="{result}"/></OutputField></Output>
      <LocalTransformations>{fields}</LocalTransformations><RegressionTable intercept="0"/></RegressionModel></PMML>"""


def doubling(depth):
    """Returns a document that concatenates a string with itself repeatedly."""
    fields = "".join(
        f"""<DerivedField name="t{number}" optype="categorical" dataType="string"><Apply function="concat">
        <FieldRef field="{before}"/><FieldRef field="{before}"/></Apply></DerivedField>"""
        for number in range(1, depth + 1)
        for before in [f"t{number - 1}" if number > 1 else "text"]
    )
    return document(fields, f"t{depth}")


def comparing(terms):
    """Returns a document that counts words that are similar to given terms."""
    fields = "".join(
        f"""<DerivedField name="t{number}" optype="continuous" dataType="double"><TextIndex textField="text"
        maxLevenshteinDistance="2"><Constant>term{number}</Constant></TextIndex></DerivedField>"""
        for number in range(terms)
    )
    total = "".join(f'<FieldRef field="t{number}"/>' for number in range(terms))
    fields += f"""<DerivedField name="all" optype="continuous" dataType="double"><Apply function="sum">{total}</Apply>
        </DerivedField>"""
    return document(fields, "all")


class Attack:
    """The common part of all attackers."""

    def __init__(self, port, seconds):
        self.port, self.end = port, time.monotonic() + seconds
        self.answers = collections.Counter()

    def connect(self, client, timeout=120):
        return socket.create_connection(("127.0.0.1", self.port), timeout, (f"127.0.0.{client}", 0))

    def goes_on(self):
        return time.monotonic() < self.end

    def post(self, name, client, path, content_type, body, headers=(), read=None, model=PATH):
        """Sends a body to a model, and reads the response, completely or only `read` bytes."""
        try:
            with self.connect(client) as stream:
                head = [
                    f"POST {model}{path} HTTP/1.1",
                    "Host: localhost",
                    "Connection: close",
                    f"Content-Type: {content_type}",
                ]
                head += [*headers, f"Content-Length: {len(body)}", "", ""]
                stream.sendall("\r\n".join(head).encode() + body)
                if read is not None:
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                answer = stream.recv(64)
                self.answers[name, answer[9:12].decode() or "closed"] += 1
                while answer and self.goes_on():
                    answer = stream.recv(1 << 16 if read is None else read)
                    if read is not None:
                        time.sleep(1)
        except OSError:
            self.answers[name, "broken"] += 1

    def again(self, *arguments, **options):
        while self.goes_on():
            self.post(*arguments, **options)

    def stand_still(self):
        streams = []
        for _ in range(1040):
            try:
                stream = self.connect(50)
                head = f"POST {PATH}/csv?stream=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                stream.sendall(f"{head}Content-Length: 1000000\r\n\r\nsepal_length,id\n".encode())
                streams.append(stream)
            except OSError:
                self.answers["stalled stream", "broken"] += 1
        while self.goes_on():
            time.sleep(0.2)
        for stream in streams:
            stream.setblocking(False)
            try:
                self.answers["stalled stream", stream.recv(64)[9:12].decode() or "closed"] += 1
            except OSError:
                self.answers["stalled stream", "open"] += 1
            stream.close()


def honest(port, client, end, request, times, failures):
    """Sends requests one after another, and measures the time of each."""
    connection = None
    while time.monotonic() < end:
        start = time.monotonic()
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", port, 60, (f"127.0.0.{client}", 0))
            connection.request(*request)
            response = connection.getresponse()
            response.read()
            status = response.status
        except (OSError, http.client.HTTPException) as error:
            connection, status = None, type(error).__name__
        times.append(time.monotonic() - start)
        if status not in (200, 201):
            failures[status] += 1
        time.sleep(0.002)


def resident(pid):
    """Returns the current and the maximum resident memory of a process in MiB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return [int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", default="target/release/pmmlc")
    parser.add_argument("--memory", type=int, default=1024)
    parser.add_argument("--seconds", type=float, default=40)
    arguments = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [arguments.pmmlc, "serve", "--host", "127.0.0.1", "--port", str(port), "--log", "error"]
    command += ["--max-memory", str(arguments.memory), "--evaluation-time", "3"]
    server = subprocess.Popen(command)
    try:
        while True:
            try:
                deploy = http.client.HTTPConnection("127.0.0.1", port)
                deploy.request("PUT", PATH, MODEL, {"Content-Type": "application/xml"})
                if deploy.getresponse().status == 201:
                    break
            except OSError:
                time.sleep(0.05)
        for path, model in [
            (DOUBLING + "30", doubling(30)),
            (DOUBLING + "16", doubling(16)),
            (COMPARING, comparing(200)),
        ]:
            deploy = http.client.HTTPConnection("127.0.0.1", port)
            deploy.request("PUT", path, model, {"Content-Type": "application/xml"})
            if (status := deploy.getresponse().status) != 201:
                raise RuntimeError(f"{path} cannot be deployed: {status}")
        loaded = resident(server.pid)[0]
        attack = Attack(port, arguments.seconds)
        bomb = gzip.compress(b'{"requests": [' + b"{}," * 9_899_999 + b"{}]}", 9)
        table = b"id,sepal_length\n" + b"i,5.1\n" * 2_000_000
        values = json.dumps({"arguments": {"sepal_length": [1] * 5_000_000}}).encode()
        wide = b",".join(b"c%d" % number for number in range(500_000)) + b"\n" + (b"," * 499_999 + b"\n") * 100
        zipped = ["Content-Encoding: gzip"]
        line = gzip.compress(b"1" * (15 << 20), 9)
        jobs = [(attack.again, ("bomb", 10 + n, "/batch", "application/json", bomb, zipped), {}) for n in range(6)]
        jobs += [(attack.again, ("slow reader", 20 + n, "/csv", "text/csv", table), {"read": 64}) for n in range(10)]
        jobs += [
            (attack.again, ("slow stream", 30 + n, "/csv?stream=true", "text/csv", table), {"read": 64})
            for n in range(10)
        ]
        jobs += [(attack.again, ("long list", 40 + n, "", "application/json", values), {}) for n in range(3)]
        jobs += [
            (attack.again, ("wide table", 43 + n, "/csv?delimiterChar=,", "text/csv", gzip.compress(wide), zipped), {})
            for n in range(3)
        ]
        jobs += [
            (attack.again, ("long line", 46 + n, "/lines", "application/x-ndjson", line, zipped), {}) for n in range(3)
        ]
        strings = "text\n" + "".join(f"t{number}\n" for number in range(100_000))
        for depth in (16, 30):
            jobs += [
                (
                    attack.again,
                    (f"{depth} doublings", 49 + depth, "/csv?errorColumn=error", "text/csv", strings.encode()),
                    {"model": f"{DOUBLING}{depth}"},
                )
            ]
        text = json.dumps({"arguments": {"text": "some words of many " * 120_000}}).encode()
        jobs += [
            (attack.again, ("long text", 90 + n, "", "application/json", text), {"model": COMPARING}) for n in range(3)
        ]
        jobs += [(attack.stand_still, (), {})]
        evaluations, deployments, failures = [], [], collections.Counter()
        evaluation = ("POST", PATH, ROW, {"Content-Type": "application/json"})
        deployment = ("PUT", "/openscoring/model/other", MODEL, {"Content-Type": "application/xml"})
        jobs += [(honest, (port, 2, attack.end, evaluation, evaluations, failures), {})]
        jobs += [(honest, (port, 1, attack.end, deployment, deployments, failures), {})]
        threads = [threading.Thread(target=run, args=args, kwargs=options, daemon=True) for run, args, options in jobs]
        for thread in threads:
            thread.start()
        while attack.goes_on():
            time.sleep(0.5)
        now, most = resident(server.pid)
        for thread in threads:
            thread.join(15)
        time.sleep(3)
        later = resident(server.pid)[0]
        metrics = http.client.HTTPConnection("127.0.0.1", port)
        metrics.request("GET", "/metrics")
        held = float(re.search(r"(?m)^pmml_memory_bytes (\S+)", metrics.getresponse().read().decode())[1]) / 2**20
    finally:
        server.kill()
        server.wait()

    def percentile(times, share):
        times = sorted(times)
        return 1e3 * times[min(len(times) - 1, int(len(times) * share))] if times else float("nan")

    print(
        f"resident MiB: {loaded:.0f} loaded, {most:.0f} at most, {now:.0f} at the end, {later:.0f} afterwards, when {held:.1f} were held"
    )
    for name, times in [("evaluations", evaluations), ("deployments", deployments)]:
        print(
            f"honest {name}: {len(times)}, ms p50 {percentile(times, 0.5):.1f}, p99 {percentile(times, 0.99):.1f}, max {percentile(times, 1):.1f}"
        )
    print(f"honest failures: {dict(failures)}")
    for (name, status), count in sorted(attack.answers.items()):
        print(f"{name}: {status} {count} times")
    return most > 1.25 * arguments.memory or bool(failures) or not evaluations


if __name__ == "__main__":
    sys.exit(main())
