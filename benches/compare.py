"""Compares `pmmlc bench` with other evaluators of forests in one run, and writes the table in README.md beside this file.

    python3 benches/compare.py FOLDER [--pmmlc PATH] [--models a,b] [--jpmml COMMAND] [--write]

FOLDER has what make_models.py makes: for each model NAME.pmml, NAME.txt (LightGBM) or NAME.json (XGBoost), and input.csv.
Needs numpy and, to compare with them, lightgbm, xgboost, onnxruntime with onnxmltools, daal4py and lleaves; those that are
not installed are left out. COMMAND is a program that is called with a document, the rows and their number, and prints
`ns_per_row=` and the time of JPMML-Evaluator.

Each evaluator uses one thread. `batch` is one call for the whole table, `single` a call for each row; both are medians of
several rounds. For the others, `single` includes the call from Python, about a microsecond.
"""

import argparse
import importlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import time

os.environ["OMP_NUM_THREADS"] = "1"
HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = 7
SINGLE_CALLS = 200


def median_of(call, rounds, work):
    """Returns the median time of a call, in nanoseconds per unit of work."""
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) / work * 1e9


class Peers:
    """Prepares the model of each library: returns a function of a table, and the table's type."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.is_lightgbm = (folder / f"{name}.txt").exists()

    def booster(self):
        if self.is_lightgbm:
            lightgbm = importlib.import_module("lightgbm")
            return lightgbm.Booster(model_file=str(self.folder / f"{self.name}.txt"))
        xgboost = importlib.import_module("xgboost")
        booster = xgboost.Booster(model_file=str(self.folder / f"{self.name}.json"))
        booster.set_param({"nthread": 1})
        return booster

    def library(self):
        booster = self.booster()
        if self.is_lightgbm:
            return (lambda rows: booster.predict(rows, num_threads=1)), "float64"
        return booster.inplace_predict, "float32"

    def onnxruntime(self):
        runtime = importlib.import_module("onnxruntime")
        tools = importlib.import_module("onnxmltools")
        types = importlib.import_module("onnxmltools.convert.common.data_types")
        booster = self.booster()
        columns = booster.num_feature() if self.is_lightgbm else booster.num_features()
        inputs = [("x", types.FloatTensorType([None, columns]))]
        if self.is_lightgbm:
            classifies = booster.params.get("objective", "").startswith("binary")
            options = {"zipmap": False} if classifies else {}
            model = tools.convert_lightgbm(booster, initial_types=inputs, **options)
        else:
            booster.feature_names = [f"f{column}" for column in range(columns)]
            model = tools.convert_xgboost(booster, initial_types=inputs)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = runtime.InferenceSession(model.SerializeToString(), options)
        output = [session.get_outputs()[-1].name]
        return (lambda rows: session.run(output, {"x": rows})), "float32"

    def onedal(self):
        daal4py = importlib.import_module("daal4py")
        convert = importlib.import_module("daal4py.mb").convert_model
        daal4py.daalinit(nthreads=1)
        model = convert(self.booster())
        probabilities = getattr(model, "predict_proba", None) if model.model_type.endswith("classifier") else None
        return (probabilities or model.predict), "float32"

    def lleaves(self):
        if not self.is_lightgbm or self.name == "lgbm1000x255":
            raise ImportError("takes LightGBM's models, and minutes for large ones")
        lleaves = importlib.import_module("lleaves")
        model = lleaves.Model(model_file=str(self.folder / f"{self.name}.txt"))
        model.compile()
        return (lambda rows: model.predict(rows, n_jobs=1)), "float64"


def time_peers(folder, name, numpy, table):
    for peer in ["library", "onedal", "onnxruntime", "lleaves"]:
        try:
            call, dtype = getattr(Peers(folder, name), peer)()
        except ImportError:
            continue
        except Exception as error:
            print(f"{name}: {peer} cannot be prepared: {error}")
            continue
        rows = table.astype(dtype)
        batch = median_of(lambda: call(rows), 3, len(rows))
        one = [numpy.ascontiguousarray(rows[row : row + 1]) for row in range(SINGLE_CALLS)]
        single = median_of(lambda: [call(row) for row in one], ROUNDS, SINGLE_CALLS)
        label = ("LightGBM" if Peers(folder, name).is_lightgbm else "XGBoost") if peer == "library" else peer
        yield label, batch, single


def time_ours(pmmlc, model, table, vectors):
    """Returns the figures of `pmmlc bench`, with a level of vector instructions or the highest one that the processor has."""
    command = [pmmlc, "bench", model, "--input", table, "--json", "--vectors", vectors]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def time_jpmml(command, model, table, rows):
    """Returns the time per row of JPMML-Evaluator in nanoseconds, or None if it cannot score the model."""
    command = [*command.split(), model, table, str(rows)]
    printed = subprocess.run(command, capture_output=True, text=True).stdout
    found = re.search(r"ns_per_row=([\d.]+)", printed)
    return float(found[1]) if found else None


def write_table(script, lines):
    """Replaces a table of README.md."""
    readme = HERE / "README.md"
    begin, end = f"<!-- table: {script} -->\n", "<!-- end -->"
    head, rest = readme.read_text().split(begin)
    _, tail = rest.split(end, 1)
    readme.write_text(head + begin + "\n".join(lines) + "\n" + end + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pmmlc", default=HERE.parent / "target/release/pmmlc")
    parser.add_argument("--models", default="lgbm100x31,lgbm500x63,xgb1000d6,lgbm1000x255")
    parser.add_argument("--jpmml")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    numpy = importlib.import_module("numpy")
    table = numpy.genfromtxt(arguments.folder / "input.csv", delimiter=",", skip_header=1)
    lines = [
        "| model | evaluator | batch, ns per row | of the best | single, ns per row | of the best |",
        "|---|---|---|---|---|---|",
    ]
    for name in arguments.models.split(","):
        rows = list(time_peers(arguments.folder, name, numpy, table))
        if arguments.jpmml:
            nanoseconds = time_jpmml(
                arguments.jpmml,
                arguments.folder / f"{name}.pmml",
                arguments.folder / "input.csv",
                2_000 if "1000" in name else 20_000,
            )
            if nanoseconds:
                rows.append(("JPMML-Evaluator", nanoseconds, nanoseconds))
        best = [min((row[kind] for row in rows), default=float("nan")) for kind in (1, 2)]
        load = None
        for vectors in ["portable", "avx2", "avx512"]:
            model, table_file = arguments.folder / f"{name}.pmml", arguments.folder / "input.csv"
            figures = time_ours(arguments.pmmlc, model, table_file, vectors)
            if figures["vectors"] != vectors:
                print(f"{name}: the processor has no {vectors}, skipped")
                continue
            load = figures
            rows.append((f"**pmml**, {vectors}", figures["batch_ns"], figures["single_ns"]))
        for label, batch, single in rows:
            ratios = [f"{best[0] / batch:.1f}", f"{best[1] / single:.1f}"]
            lines.append(f"| {name} | {label} | {batch:,.0f} | {ratios[0]} | {single:,.0f} | {ratios[1]} |")
        if load:
            took = f"read in {load['load_ms']:.0f} ms, compiled in {load['compile_ms']:.0f} ms, {load['peak_mb']:.0f} MB at the peak"
            lines.append(f"| {name} | | {took} | | | |")
        print("\n".join(lines[-len(rows) - 1 :]), flush=True)
    if arguments.write:
        write_table("compare.py", lines)


if __name__ == "__main__":
    main()
