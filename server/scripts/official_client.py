#!/usr/bin/env python3
"""Tests `pmmlc serve` with the unchanged official Python client of Openscoring.

    official_client.py --pmmlc target/release/pmmlc MODEL_FOLDER...

A model folder contains `model.pmml` and `input.csv`. Each model is deployed, evaluated row by row, as a batch, as a data frame
and as a file, and undeployed. The results must be those of `pmmlc score`. Needs the packages openscoring and pandas.
"""

import argparse
import csv
import math
import os
import re
import subprocess
import sys
import tempfile
import threading

try:
    import openscoring
    import pandas
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ROWS = 200


def start(pmmlc):
    server = subprocess.Popen([pmmlc, "serve", "--host", "127.0.0.1", "--port", "0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"address=(\S+)", line)
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, f"http://{found[1]}/openscoring"
    sys.exit("the server did not start")


def same(one, other):
    """Returns whether two results are equal: a value of JSON or of a data frame, and the string of a cell."""
    if one is None or (isinstance(one, float) and math.isnan(one)) or one == "":
        return other in ("", "NaN")
    if isinstance(one, bool) or type(one).__name__ == "bool_":
        return str(bool(one)).lower() == other.lower()
    if isinstance(one, list):
        return "[" + ", ".join("null" if item is None else str(item) for item in one) + "]" == other
    if isinstance(one, str):
        return one == other
    return float(one) == float(other)


def check(client, pmmlc, folder, scratch):
    model, name = os.path.join(folder, "model.pmml"), os.path.basename(folder.rstrip("/"))
    name = re.sub(r"[^a-zA-Z0-9._-]", "_", name)
    rows_file = os.path.join(scratch, "rows.csv")
    with open(os.path.join(folder, "input.csv"), newline="") as source, open(rows_file, "w", newline="") as target:
        rows = list(csv.reader(source))[: ROWS + 1]
        # Openscoring does not treat these strings, which some tools write for a missing value, as missing.
        rows = [rows[0]] + [["" if cell in ("NA", "N/A") else cell for cell in row] for row in rows[1:]]
        csv.writer(target, lineterminator="\n").writerows(rows)
    expected_file = os.path.join(scratch, "expected.csv")
    command = [
        pmmlc,
        "score",
        model,
        "--input",
        rows_file,
        "--output",
        expected_file,
        "--allow-missing-columns",
        "--error-column",
        "_error",
    ]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode not in (0, 2):
        return f"{name}: not scored by pmmlc"
    with open(expected_file, newline="") as source:
        expected = list(csv.DictReader(source))
    header, rows = rows[0], rows[1:]
    good = [number for number, row in enumerate(expected) if not row["_error"]]
    failed = len(rows) - len(good)
    arguments = [{key: cell for key, cell in zip(header, row) if cell != ""} for row in rows]

    deployed = client.deployFile(name, model)
    assert deployed.id == name and deployed.schema, "deploy"

    results = client.evaluateBatch(name, arguments)
    if deployed.schema.get("groupFields"):
        # Rows are scored in groups, in the order of the groups' first rows.
        assert len(results) == len(expected), "groups"
        for result, row in zip(results, expected):
            for key, value in result.items():
                assert same(value, row[key]), f"groups, {key}: {value}, {row[key]}"
        table = client.evaluateCsv(name, pandas.DataFrame(rows, columns=header))
        for number, row in enumerate(expected):
            for key in table.columns:
                cell = table[key].iloc[number]
                assert same(cell.item() if hasattr(cell, "item") else cell, row[key]), f"groups as a data frame, {key}"
        client.undeploy(name)
        return f"{name}: {len(rows)} rows in {len(expected)} groups; the same as a batch and as a data frame"
    assert len(results) == len(rows), "batch"
    for number, result in enumerate(results):
        if number in set(good):
            for key, value in result.items():
                assert same(value, expected[number][key]), (
                    f"batch, row {number}, {key}: {value}, {expected[number][key]}"
                )
        else:
            assert result == {}, f"batch, row {number}: {result} where it should fail"

    for number in range(min(25, len(rows))):
        try:
            result = client.evaluate(name, arguments[number])
            assert number in set(good), f"row {number} should fail"
        except Exception as error:
            assert number not in set(good), f"row {number}: {error}"
            continue
        assert list(result) == [key for key in expected[number] if key != "_error"], "the order of results"
        for key, value in result.items():
            assert same(value, expected[number][key]), f"row {number}, {key}: {value}, {expected[number][key]}"
    request = openscoring.EvaluationRequest("first", arguments[good[0]])
    assert client.evaluate(name, request).id == "first", "id"

    # A table fails as a whole, so that only rows that do not fail are sent.
    frame = pandas.DataFrame([rows[number] for number in good], columns=header)
    frame.insert(0, "Id", [f"r{number}" for number in good])
    result = client.evaluateCsv(name, frame)
    assert list(result["Id"]) == list(frame["Id"]), "data frame, ids"
    for position, number in enumerate(good):
        for key in result.columns[1:]:
            cell = result[key].iloc[position]
            assert same(cell.item() if hasattr(cell, "item") else cell, expected[number][key]), (
                f"data frame, row {number}, {key}: {cell}, {expected[number][key]}"
            )

    infile, outfile = os.path.join(scratch, "in.csv"), os.path.join(scratch, "out.csv")
    frame.to_csv(infile, index=False)
    client.evaluateCsvFile(name, infile, outfile)
    with open(outfile, newline="") as source:
        lines = list(csv.reader(source))
    with open(expected_file, newline="") as source:
        wanted = [row[:-1] for row in csv.reader(source)]
    # The bytes are equal, since both format numbers in the same way.
    assert [line[1:] for line in lines[1:]] == [wanted[1 + number] for number in good], "file"

    client.undeploy(name)
    try:
        client.evaluate(name, {})
    except Exception:
        return f"{name}: {len(rows)} rows, of which {failed} fail; the same in every way"
    raise AssertionError("the model still exists after undeploying")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", required=True)
    parser.add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    server, url = start(arguments.pmmlc)
    wrong = 0
    try:
        client = openscoring.Openscoring(url)
        for folder in arguments.folders:
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    print(check(client, arguments.pmmlc, folder, scratch))
                except Exception as error:
                    wrong += 1
                    print(f"{folder}: WRONG: {type(error).__name__}: {error}")
    finally:
        server.terminate()
        server.wait()
    print(f"{len(arguments.folders)} models, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
