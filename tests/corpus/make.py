#!/usr/bin/env python3
"""Makes the corpus of this folder and the data of examples/data.

    make.py [FAMILY/NAME ...]      all models but those of make_nyoka.py and make_others.py, or those named

Trains small models on the data sets of scikit-learn, converts them to PMML with sklearn2pmml and computes the results with
JPMML-Evaluator. If a model can be scored row by row, the results are also compared with those of the trained model; a
difference stops the program. README.md names the packages and versions.
"""

import csv
import datetime
import json
import os
import pathlib
import re
import sys

import boosters  # noqa: F401
import estimators  # noqa: F401
import first_models  # noqa: F401
import jpype
import other_packages  # noqa: F401
import transformers  # noqa: F401
from answers import ask, cell_text, csv_text, first_difference, start_java, trained_answers
from data_sets import iris, sample
from registry import MODELS, NOT_COMPARED, TRUSTS_TRAINED, fit
from sklearn.ensemble import RandomForestClassifier
from sklearn2pmml import sklearn2pmml

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples" / "data"


# Writing


def tidy(document):
    """Removes markup that differs between runs, and markup that only the training tools need."""
    document = re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", document)
    return re.sub(r"\s*<MiningBuildTask>.*?</MiningBuildTask>", "", document, flags=re.S)


def write_model(pipeline, path):
    sklearn2pmml(pipeline, str(path))
    path.write_text(tidy(path.read_text(encoding="utf-8")), encoding="utf-8")


def make(name):
    """Trains and converts a model, computes its results, and writes the files."""
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    pipeline, rows = MODELS[name]()
    write_model(pipeline, folder / "model.pmml")
    cells = [[cell_text(value) for value in row] for row in rows.itertuples(index=False)]
    (folder / "input.csv").write_text(csv_text(list(rows.columns), cells), encoding="utf-8")
    columns, answers, errors, element, function = ask(folder / "model.pmml", folder / "input.csv")
    trained = None if name in NOT_COMPARED else trained_answers(pipeline, rows, columns)
    tolerance = 1e-5 if "xgboost" in type(pipeline._final_estimator).__module__ else 1e-7
    write_answers(name, columns, answers, errors, element, function, trained, tolerance)


def ask_about(name):
    """Computes the results for a model that another program has written, if possible also those of the trained model."""
    folder = HERE / name
    trained = None
    if (folder / "expected.csv").exists():
        with open(folder / "expected.csv", newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        (folder / "expected.csv").unlink()
        if name not in NOT_COMPARED:
            trained = dict(zip(header, zip(*([number_or_text(cell) for cell in row] for row in rows))))
    try:
        columns, answers, errors, element, function = ask(folder / "model.pmml", folder / "input.csv")
    except jpype.JException as error:
        count = len(next(iter(trained.values())))
        columns, answers, errors = [], [[]] * count, [str(error.getClass().getSimpleName())] * count
        element, function = re.findall(
            r'<(\w+Model) [^>]*functionName="(\w+)"', (folder / "model.pmml").read_text(encoding="utf-8")
        )[0]
    write_answers(name, columns, answers, errors, element, function, trained, 1e-6)


def number_or_text(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def write_answers(name, columns, answers, errors, element, function, trained, tolerance):
    """Writes the expected results: those of JPMML-Evaluator or, for the models listed in `registry.py`, of the trained model."""
    folder, count, failed = HERE / name, len(answers), sum(error is not None for error in errors)
    difference = trained and first_difference(trained, columns, answers, errors, tolerance)
    why = TRUSTS_TRAINED.get(name)
    if why is None:
        if failed == count:
            raise SystemExit(f"{name}: every row failed with {errors[0]}")
        if difference:
            raise SystemExit(f"{name}: {difference}")
        answers = [answer + [error] for answer, error in zip(answers, errors)] if failed else answers
        (folder / "jpmml.csv").write_text(csv_text(columns + (["_error"] if failed else []), answers), encoding="utf-8")
        note = "the trained model " + ("was not compared" if trained is None else "agrees")
    else:
        if not difference and failed == 0:
            raise SystemExit(f"{name}: JPMML-Evaluator agrees with the trained model after all")
        rows = [[cell_text(value) for value in row] for row in zip(*trained.values())]
        (folder / "expected.csv").write_text(csv_text(list(trained), rows), encoding="utf-8")
        note = f"the trained model's answers count: {why}"
    meta = {
        "family": name.split("/")[0],
        "name": name.split("/")[1],
        "modelElement": element,
        "miningFunction": function,
        "rows": count,
        "error_rows": failed,
        "reference": "expected and jpmml differ" if why else "jpmml",
        "notes": [note],
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    size = (folder / "model.pmml").stat().st_size
    print(f"{name:42} {element:24} {size // 1024:3} KiB, {count} rows, {failed} failed; {note}", flush=True)


def make_example():
    """Writes examples/data: the iris forest of the README, and twenty flowers without labels."""
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    pipeline, _ = fit(*iris(), RandomForestClassifier(n_estimators=15, max_depth=4, random_state=1))
    pipeline.verify(sample(iris()[0], seed=5, rows=5))
    write_model(pipeline, EXAMPLES / "iris.pmml")
    sample(iris()[0], seed=3, rows=20).to_csv(EXAMPLES / "iris.csv", index=False)


def main():
    os.environ["SKLEARN2PMML_BANNER"] = datetime.date.today().isoformat()  # prevents sklearn2pmml from printing one
    start_java()
    for name in sys.argv[1:] or MODELS:
        make(name) if name in MODELS else ask_about(name)
    if not sys.argv[1:]:
        make_example()


if __name__ == "__main__":
    main()
