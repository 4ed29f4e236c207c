"""Drives `pmmlc serve` with wrk on loopback, server and load on the same two cores, and writes the tables of docs/serving.md.

    python3 benches/serving.py [--pmmlc PATH] [--large MODEL] [--seconds N] [--rounds N] [--deploys N] [--write]

Needs wrk and curl. MODEL is a document with numeric inputs; without it a forest of 500 trees of 64 leaves is generated. Rows
are random and seeded. The round with the median of requests per second is reported. The times of the server are from its
metrics.
"""

import argparse
import csv
import http.client
import io
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "serving.md"
SMALL = HERE.parent / "examples" / "data" / "iris.pmml"
CONNECTIONS = [1, 16, 256]
BATCH_ROWS = 1000
STREAM_ROWS = 200_000

# Sends prepared bodies in turn, and prints the measurements of wrk as JSON.
WRK = """
local bodies = {}
local path = os.getenv("BODIES")
local type = os.getenv("BODY_TYPE")
if path then
  for line in io.lines(path) do
    local text = line:gsub("\\\\n", "\\n")
    bodies[#bodies + 1] = wrk.format("POST", nil, {["content-type"] = type}, text)
  end
end
local number = 0
request = function()
  if #bodies == 0 then return wrk.format("GET") end
  number = number % #bodies + 1
  return bodies[number]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %d, "seconds": %f, "mean": %f, "p50": %f, "p99": %f, "p999": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency.mean, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def random_forest(trees=500, depth=6, inputs=28):
    """Returns a regression forest: the sum of random balanced trees over normally distributed inputs."""
    source = random.Random(7)
    parts = ['<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>']
    names = [f"x{number}" for number in range(1, inputs + 1)]
    parts += [f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in names + ["y"]]
    schema = "".join(f'<MiningField name="{name}"/>' for name in names)
    schema = f'<MiningSchema>{schema}<MiningField name="y" usageType="target"/></MiningSchema>'
    parts.append(
        f'</DataDictionary><MiningModel functionName="regression">{schema}<Segmentation multipleModelMethod="sum">'
    )

    def node(level, predicate):
        if level == 0:
            parts.append(f'<Node score="{source.gauss(0, 0.1)!r}">{predicate}</Node>')
            return
        name, cut = source.choice(names), source.gauss(0, 1)
        parts.append(f"<Node>{predicate}")
        for operator in ["lessOrEqual", "greaterThan"]:
            node(level - 1, f'<SimplePredicate field="{name}" operator="{operator}" value="{cut!r}"/>')
        parts.append("</Node>")

    for _ in range(trees):
        parts.append(f'<Segment><True/><TreeModel functionName="regression" splitCharacteristic="binarySplit">{schema}')
        node(depth, "<True/>")
        parts.append("</TreeModel></Segment>")
    parts.append("</Segmentation></MiningModel></PMML>")
    return "".join(parts).encode()


class Server:
    """A server in a separate process."""

    def __init__(self, pmmlc):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [pmmlc, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--log", "error"]
        self.process = subprocess.Popen(command)
        while True:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        result = response.status, response.read()
        connection.close()
        return result

    def deploy(self, name, document):
        status, body = self.call("PUT", f"/openscoring/model/{name}", document)
        assert status in (200, 201), body
        return json.loads(body)

    def metrics(self):
        """Returns all series by their names and labels."""
        text = self.call("GET", "/metrics")[1].decode()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}

    def resident(self):
        return self.metrics()["process_resident_memory_bytes"] / 2**20


class Load:
    """wrk, with its script and bodies in a folder."""

    def __init__(self, server, folder, seconds, rounds):
        self.server, self.folder, self.seconds, self.rounds = server, folder, seconds, rounds
        (folder / "script.lua").write_text(WRK)

    def drive(self, path, connections, bodies=None, body_type=None, model=None):
        """Returns the measurements of wrk, and the server's averages over the same time in microseconds."""
        environment = dict(os.environ)
        if bodies:
            # A body is a line of the file.
            (self.folder / "bodies").write_text("".join(body.replace("\n", "\\n") + "\n" for body in bodies))
            environment.update(BODIES=str(self.folder / "bodies"), BODY_TYPE=body_type)
        threads = min(connections, 2)
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{self.seconds}s", "--timeout", "30s"]
        command += ["-s", str(self.folder / "script.lua"), self.server.url(path)]
        rounds = []
        for _ in range(self.rounds):
            before = self.server.metrics()
            output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            after = self.server.metrics()
            measured = json.loads(output.strip().splitlines()[-1])
            assert not measured["failed"], output
            measured["rate"] = measured["requests"] / measured["seconds"]

            def total(name):
                series = f'{name}{{model="{model}"}}'
                return after.get(series, 0) - before.get(series, 0)

            count = total("pmml_evaluation_seconds_count")
            if count:
                measured["evaluation"] = total("pmml_evaluation_seconds_sum") / count * 1e6
                measured["score"] = total("pmml_score_seconds_sum") / count * 1e6
            rounds.append(measured)
        return sorted(rounds, key=lambda measured: measured["rate"])[len(rounds) // 2]


def random_rows(inputs, count):
    source = random.Random(1)
    return [{name: round(abs(source.gauss(0, 2)), 3) for name in inputs} for _ in range(count)]


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def microseconds(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def shares(whole, served, score):
    """Returns the parts of a request's time as cells of a table."""
    parts = [microseconds(value) for value in [whole, served, score, served - score]]
    outside = microseconds(whole - served) if whole > served else "–"
    return [*parts, outside, f"{100 * score / served:.0f} %"]


def milliseconds(value):
    return f"{value / 1e3:.3g}" if value < 1e6 else f"{value / 1e3:,.0f}"


def table(head, lines):
    rows = [head, ["---"] + ["---:"] * (len(head) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def singles(load, models, inputs):
    rates, times = [], []
    kinds = [("`/healthz`: no model", "/healthz", None, None)]
    for label, name in models:
        bodies = [
            json.dumps({"id": str(number), "arguments": row})
            for number, row in enumerate(random_rows(inputs[name], 64))
        ]
        kinds.append((label, f"/openscoring/model/{name}", bodies, name))
    for label, path, bodies, name in kinds:
        for connections in CONNECTIONS:
            measured = load.drive(path, connections, bodies, "application/json", name)
            latencies = [milliseconds(measured[key]) for key in ["p50", "p99", "p999"]]
            rates.append([label, str(connections), f"{measured['rate']:,.0f}", *latencies])
            print(" ".join(rates[-1]), flush=True)
            if connections == 1 and name:
                whole, served, score = measured["p50"], measured["evaluation"], measured["score"]
                times.append([f"{label}, one row", *shares(whole, served, score)])
    return rates, times


def batches(load, models, inputs):
    rates, times = [], []
    for label, name in models:
        rows = random_rows(inputs[name], BATCH_ROWS)
        batch = json.dumps({"requests": [{"id": str(number), "arguments": row} for number, row in enumerate(rows)]})
        kinds = [("batch", batch, "application/json"), ("csv", as_csv(rows), "text/csv")]
        for kind, body, body_type in kinds:
            for connections in [1, 16]:
                measured = load.drive(f"/openscoring/model/{name}/{kind}", connections, [body], body_type, name)
                rate = f"{measured['rate'] * BATCH_ROWS:,.0f}"
                rates.append([label, f"`{kind}`, {BATCH_ROWS:,} rows", str(connections), rate])
                print(" ".join(rates[-1]), flush=True)
                if connections == 1:
                    whole, served, score = measured["p50"], measured["evaluation"], measured["score"]
                    times.append([f"{label}, `{kind}` of {BATCH_ROWS:,} rows", *shares(whole, served, score)])
        rows = rows * (STREAM_ROWS // len(rows))
        source = load.folder / "rows.csv"
        source.write_text(as_csv(rows))
        url = load.server.url(f"/openscoring/model/{name}/csv?stream=true")
        seconds = []
        for _ in range(load.rounds):
            start = time.perf_counter()
            command = ["curl", "-sf", "-X", "POST", "-H", "content-type: text/csv", "-T", str(source), url]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - start)
        rate = f"{len(rows) / sorted(seconds)[len(seconds) // 2]:,.0f}"
        rates.append([label, f"`csv?stream=true`, {len(rows):,} rows", "1", rate])
        print(" ".join(rates[-1]), flush=True)
    return rates, times


def memory(pmmlc, documents, deploys):
    """Measures resident memory while models are deployed and undeployed."""
    lines = []
    for label, document, count in [
        ("small", documents["small"], deploys),
        ("large", documents["large"], deploys // 10),
    ]:
        with Server(pmmlc) as server:
            shown = [f"{label}, {count:,} times", f"{server.resident():.0f}"]
            begin = time.perf_counter()
            for number in range(1, count + 1):
                name = f"model{number % 7}"
                server.deploy(name, document)
                assert server.call("DELETE", f"/openscoring/model/{name}")[0] == 200
                if number in (count // 10, count // 2, count):
                    shown.append(f"{server.resident():.0f}")
            shown.append(f"{(time.perf_counter() - begin) / count * 1e3:.3g}")
        lines.append(shown)
        print(" ".join(shown), flush=True)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", default=str(HERE.parent / "target" / "release" / "pmmlc"))
    parser.add_argument("--large", type=pathlib.Path, help="a document, instead of the random forest")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deploys", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/serving.md")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is not installed")
    # Server and load inherit the affinity.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    busy = os.getloadavg()[0]

    documents = {
        "small": SMALL.read_bytes(),
        "large": arguments.large.read_bytes() if arguments.large else random_forest(),
    }
    with tempfile.TemporaryDirectory() as folder, Server(arguments.pmmlc) as server:
        deployed = {name: server.deploy(name, document) for name, document in documents.items()}
        inputs = {name: [field["id"] for field in model["schema"]["inputFields"]] for name, model in deployed.items()}
        load = Load(server, pathlib.Path(folder), arguments.seconds, arguments.rounds)
        models = [("small", "small"), ("large", "large")]
        single_rates, single_times = singles(load, models, inputs)
        batch_rates, batch_times = batches(load, models, inputs)
    deployments = memory(arguments.pmmlc, documents, arguments.deploys)

    state = "otherwise idle" if busy < 0.5 else f"busy with other work (load average {busy:.1f})"
    large = (
        f"`{arguments.large.stem}`" if arguments.large else "a forest that the script makes up, 500 trees of 64 leaves"
    )
    parts = [
        f"*Small* is `examples/data/iris.pmml` (a forest of 15 trees, 4 inputs), *large* {large} ({len(inputs['large'])} inputs). "
        f"The machine was {state}. The figures are the medians of {arguments.rounds} rounds of {arguments.seconds} s.",
        "Single rows, keep-alive; latencies in milliseconds:",
        table(["model", "connections", "requests per second", "p50", "p99", "p99.9"], single_rates),
        "Many rows:",
        table(["model", "request", "connections", "rows per second"], batch_rates),
        "The parts of a request's time, with one connection, in microseconds: the client's median and the server's averages. "
        '"Served" is from the request\'s head to the response\'s; the time that is not scoring is for reading the body, JSON or CSV, and writing. "Outside" is the rest of what the '
        "client sees: sockets, HTTP, wrk itself (–: too short to compare a median with an average). If several threads score, their times are added.",
        table(
            ["request", "client", "served", "scoring", "body, JSON, CSV", "outside", "scoring of served"],
            single_times + batch_times,
        ),
        "Resident memory in MiB while a model is deployed and undeployed repeatedly, under seven names in turn:",
        table(["model", "at the start", "after a tenth", "after half", "at the end", "ms per deployment"], deployments),
    ]
    text = "\n\n".join(part if part[0] == "|" else textwrap.fill(part, 120) for part in parts)
    print(text)
    if arguments.write:
        page = PAGE.read_text()
        page, count = re.subn(
            r"(<!-- load:.*?-->\n).*?(<!-- /load -->)",
            lambda found: f"{found[1]}\n{text}\n\n{found[2]}",
            page,
            flags=re.S,
        )
        assert count == 1
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
