"""The common part of the recipes in this folder: a small table, and the comparison of the tool's results with a library's.

A recipe trains on `people()`, exports a document, and calls `same()`, which scores the rows with the tool and compares.
The environment variable PMMLC names the tool; otherwise it is searched in PATH.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
from importlib.metadata import version

import numpy
import pandas

PMMLC = os.environ.get("PMMLC", "pmmlc")
# The folder is removed when the recipe ends.
TEMPORARY = tempfile.TemporaryDirectory(prefix="recipes-")
FOLDER = pathlib.Path(TEMPORARY.name)
failures = []


def people(seed, rows=500, unseen=False):
    """Returns rows with numbers, categories and missing values, and three targets: `buys`, `region` and `spends`. Some have
    a category that no other table has, if `unseen`."""
    random = numpy.random.default_rng(seed)
    age = random.integers(18, 90, rows)
    # With two decimal digits, values equal thresholds exactly, or up to single precision.
    income = random.gamma(2.0, 20.0, rows).round(2)
    visits = random.poisson(3.0, rows)
    city = random.choice(["Berlin", "Köln", "Paris, 5e", "Rome"], rows)
    member = random.choice(["gold", "silver", "none"], rows)
    signal = 0.04 * income + 0.5 * visits - 0.03 * age + (city == "Rome") + (member == "gold")
    noise = random.normal(0.0, 0.5, rows)
    table = pandas.DataFrame(
        {"age": age.astype(float), "income": income, "visits": visits, "city": city, "member": member}
    )
    table.loc[random.random(rows) < 0.1, "income"] = numpy.nan
    table.loc[random.random(rows) < 0.1, "city"] = None
    if unseen:
        table.loc[random.random(rows) < 0.05, "city"] = "Oslo"
    table["buys"] = numpy.where(signal + noise > 1.5, "yes", "no")
    table["region"] = numpy.select([signal + noise < 0.5, signal + noise < 2.0], ["north", "middle"], "south")
    table["spends"] = (10.0 * signal + noise).round(3)
    return table


INPUTS = ["age", "income", "visits", "city", "member"]
NUMBERS = ["age", "income", "visits"]
CATEGORIES = ["city", "member"]


def document(name):
    """Returns the path of the document with this name."""
    return str(FOLDER / f"{name}.pmml".replace(" ", "-"))


def versions(*packages):
    """Prints the versions of this run."""
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}, " + ", ".join(f"{package} {version(package)}" for package in packages), flush=True)


def score(path, rows):
    """Returns the tool's results, one row for each row: cells as strings, an empty cell as NaN."""
    given, results = FOLDER / "rows.csv", FOLDER / "results.csv"
    rows.to_csv(given, index=False)
    subprocess.run([PMMLC, "score", path, "-i", given, "-o", results], check=True)
    return pandas.read_csv(results, dtype=str, keep_default_na=False).replace("", numpy.nan)


def warnings(path):
    """Returns the tool's warnings about the document."""
    answer = subprocess.run([PMMLC, "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return [line for line in answer.stdout.splitlines() if line.startswith(("warning", "error"))]


def same(name, path, rows, labels=None, numbers=None, tolerance=1e-12):
    """Scores the rows and compares: `labels` must be equal, `numbers` within the tolerance, which is absolute below 1 and
    relative above. Both are dictionaries from the name of a result to the library's predictions. Prints one line."""
    try:
        results = score(path, rows)
        said = []
        for column, expected in (labels or {}).items():
            expected = pandas.Series(list(expected)).astype(str).to_numpy()
            different = int((results[column].astype(str).to_numpy() != expected).sum())
            said.append(f"{column}: {different} labels differ" if different else f"{column}: labels equal")
            if different:
                failures.append(name)
        worst, total = 0.0, 0
        for column, expected in (numbers or {}).items():
            expected = numpy.asarray(expected, dtype=float)
            got = results[column].astype(float).to_numpy()
            difference = numpy.abs(got - expected) / numpy.maximum(1.0, numpy.abs(expected))
            # NaN, which is a missing result, does not count as a difference of 0.
            worst = max(worst, float(numpy.where(numpy.isnan(difference), numpy.inf, difference).max()))
            total += 1
        if total:
            said.append(
                f"{total} column{'s' if total > 1 else ''} of numbers: largest difference {worst:.1e}, allowed {tolerance:.0e}"
            )
            if worst > tolerance:
                failures.append(name)
        if "<ModelVerification" in pathlib.Path(path).read_text():
            subprocess.run([PMMLC, "verify", path], check=True, stdout=subprocess.DEVNULL)
            said.append("the document's own rows verified")
    except (subprocess.CalledProcessError, KeyError, ValueError) as error:
        failures.append(name)
        said = [f"not scored: {type(error).__name__}: {error}"]
    mark = "DIFFERS" if name in failures else "ok"
    print(f"{mark}: {name}: {len(rows)} rows: {'; '.join(said)}", flush=True)
    for line in warnings(path):
        print(f"    {line}", flush=True)


def finish():
    """Ends the recipe, with status 1 if there was a difference."""
    sys.exit(1 if failures else 0)
