"""Compares `pmmlc bench` with the fastest runtimes that a user could pick instead, on a model of every common kind, in one run,
and writes a table in README.md beside this file.

    python3 benches/compare_kinds.py FOLDER [--pmmlc PATH] [--only a,b] [--vectors avx2] [--write]

Trains each model (scikit-learn, LightGBM, XGBoost), exports it as PMML (sklearn2pmml, which needs a Java runtime) and as ONNX, and
times the same rows: scikit-learn, scikit-learn-intelex, ONNX Runtime, oneDAL and `pmmlc bench`. FOLDER keeps documents and
rows. Everything uses one thread; most peers compute in single precision. `batch` is one call for all rows, `single` one call
a row, which for the peers includes a call from Python. The share of rows whose prediction is scikit-learn's is checked too.
"""

# ruff: noqa: E402 (libraries read the number of threads when they are imported)

import argparse
import importlib
import io
import json
import os
import pathlib
import subprocess
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
from compare import HERE, median_of, time_ours, write_table
from sklearn import cluster, datasets, ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

ROWS = 20_000
# Peers take long for these.
FEW_ROWS = 2_000
SLOW = ("svc", "svr", "ocsvm", "knn")
ROUNDS = 5


def classes(rows, features, count=2):
    x, y = datasets.make_classification(
        rows, features, n_informative=features // 2, n_redundant=2, n_classes=count, random_state=1
    )
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(features)]), pd.Series(y, name="y")


def numbers(rows, features):
    x, y = datasets.make_regression(rows, features, noise=5, random_state=1)
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(features)]), pd.Series(y / 100, name="y")


def strings(rows):
    random = np.random.default_rng(1)
    x = {f"n{i}": random.normal(size=rows) for i in range(6)}
    x |= {f"c{i}": random.choice([f"level{j}" for j in range(12)], rows) for i in range(6)}
    x = pd.DataFrame(x)
    y = (x.n0 + (x.c0 == "level1") + random.normal(size=rows) > 0).astype(int)
    return x, pd.Series(y, name="y")


def one_hot():
    scaled, encoded = (
        ("n", StandardScaler(), [f"n{i}" for i in range(6)]),
        ("c", OneHotEncoder(), [f"c{i}" for i in range(6)]),
    )
    return Pipeline(
        [("columns", ColumnTransformer([scaled, encoded])), ("model", linear_model.LogisticRegression(max_iter=300))]
    )


def kinds():
    """Yields a name, a description, a model, and its rows."""
    two, ten, regression = classes(3000, 20), classes(5000, 30, 10), numbers(3000, 20)
    unlabelled = (two[0], None)
    squares = [("squares", PolynomialFeatures(2)), ("model", linear_model.LogisticRegression(max_iter=200))]
    forest = {"max_depth": 10, "random_state": 1}
    network = {"max_iter": 30, "random_state": 1}
    yield "linear", "linear, 20 features", linear_model.LinearRegression(), regression
    yield "logistic10", "logistic, 10 classes x 30", linear_model.LogisticRegression(max_iter=300), ten
    yield "linearsvc", "linear SVM, 10 classes x 30", svm.LinearSVC(), ten
    yield "poly2", "squares of 20 + logistic", Pipeline(squares), two
    yield "onehot_lr", "one-hot + logistic, 6 strings", one_hot(), strings(5000)
    yield "mlp64x64", "MLP 30-64-64-10, relu", neural_network.MLPClassifier(hidden_layer_sizes=(64, 64), **network), ten
    yield (
        "mlp256",
        "MLP 20-256-1, tanh",
        neural_network.MLPRegressor(hidden_layer_sizes=(256,), activation="tanh", **network),
        regression,
    )
    yield "svc_rbf", "SVC rbf", svm.SVC(C=2), two
    yield "svc_rbf10", "SVC rbf, 10 classes", svm.SVC(C=2), ten
    yield "svr_rbf", "SVR rbf", svm.SVR(C=5), regression
    yield "ocsvm", "one-class SVM", svm.OneClassSVM(nu=0.1), unlabelled
    yield "knn_c", "k-NN, 3,000 x 20", neighbors.KNeighborsClassifier(5), two
    yield "knn_r", "k-NN, 10,000 x 16", neighbors.KNeighborsRegressor(5), numbers(10_000, 16)
    yield "kmeans", "k-means, 20 centres x 20", cluster.KMeans(20, n_init=2, random_state=1), unlabelled
    yield "gnb", "naive Bayes, 10 x 30 Gaussian", naive_bayes.GaussianNB(), ten
    yield (
        "tree12",
        "decision tree, depth 12, 10 classes",
        tree.DecisionTreeClassifier(max_depth=12, random_state=1),
        ten,
    )
    yield "rf200", "random forest, 200 x depth 10, 10 classes", ensemble.RandomForestClassifier(200, **forest), ten
    yield "et300", "extra trees, 300 x depth 10", ensemble.ExtraTreesRegressor(300, **forest), regression
    yield (
        "gbc10",
        "gradient boosting, 10 classes",
        ensemble.GradientBoostingClassifier(n_estimators=60, max_depth=4, random_state=1),
        ten,
    )
    yield "iforest", "isolation forest", ensemble.IsolationForest(n_estimators=100, random_state=1), unlabelled
    lightgbm, xgboost = importlib.import_module("lightgbm"), importlib.import_module("xgboost")
    yield "lgbm_multi", "LightGBM, 10 classes", lightgbm.LGBMClassifier(n_estimators=100, verbose=-1), ten
    yield "xgb_multi", "XGBoost, 10 classes", xgboost.XGBClassifier(n_estimators=100, max_depth=6), ten


def fresh_rows(x, rows):
    """Returns rows near those of a table."""
    random = np.random.default_rng(5)
    table = x.sample(rows, replace=True, random_state=5, ignore_index=True)
    for column in table:
        is_number = x[column].dtype.kind == "f"
        noise = random.normal(0, 0.2 * x[column].std(), rows) if is_number else None
        table[column] = table[column] + noise if is_number else random.permutation(table[column])
    return table


def last_step(model):
    return model[-1] if isinstance(model, Pipeline) else model


def prediction(model):
    """Returns the function that a user would call: of probabilities, where there are any."""
    return model.predict_proba if hasattr(last_step(model), "predict_proba") else model.predict


def scikit_learn(model, table, data):
    rows = table if table.dtypes.map(lambda dtype: dtype.kind != "f").any() else table.to_numpy()
    part = (lambda row: rows.iloc[row : row + 1]) if rows is table else (lambda row: rows[row : row + 1])
    return prediction(model), rows, part, 40


def intelex(model, table, data):
    name, x, y = type(model).__name__, *data
    modules = [svm, neighbors, cluster, ensemble, linear_model]
    module = next((module.__name__ for module in modules if hasattr(module, name)), None)
    if module is None:
        raise ImportError("has no such model")
    accelerated = getattr(importlib.import_module(module.replace("sklearn", "sklearnex", 1)), name, None)
    if accelerated is None:
        raise ImportError("has no such model")
    fitted = accelerated(**model.get_params()).fit(x.to_numpy(), y)
    rows = table.to_numpy()
    return prediction(fitted), rows, lambda row: rows[row : row + 1], 60


def onnx_runtime(model, table, data):
    runtime = importlib.import_module("onnxruntime")
    name = type(model).__name__
    if name.startswith(("LGBM", "XGB")):
        tools = importlib.import_module("onnxmltools")
        types = importlib.import_module("onnxmltools.convert.common.data_types")
        inputs = [("x", types.FloatTensorType([None, table.shape[1]]))]
        if name.startswith("XGB"):
            model.get_booster().feature_names = None
            converted = tools.convert_xgboost(model, initial_types=inputs)
        else:
            converted = tools.convert_lightgbm(model, initial_types=inputs, zipmap=False)
        feeds = {"x": table.to_numpy(np.float32)}
    else:
        convert = importlib.import_module("skl2onnx").convert_sklearn
        types = importlib.import_module("skl2onnx.common.data_types")
        floats = {column: table[column].dtype.kind == "f" for column in table}
        if all(floats.values()):
            inputs, feeds = [("x", types.FloatTensorType([None, table.shape[1]]))], {"x": table.to_numpy(np.float32)}
        else:
            kind = {True: types.FloatTensorType, False: types.StringTensorType}
            inputs = [(column, kind[is_float]([None, 1])) for column, is_float in floats.items()]
            feeds = {column: table[[column]].to_numpy(np.float32 if floats[column] else object) for column in table}
        inner = last_step(model)
        has_scores = hasattr(inner, "classes_") and hasattr(inner, "predict_proba")
        options = {id(inner): {"zipmap": False}} if has_scores else None
        converted = convert(model, initial_types=inputs, options=options, target_opset={"": 17, "ai.onnx.ml": 3})
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(converted.SerializeToString(), options)
    output = [session.get_outputs()[-1].name]

    def part(row):
        return {name: values[row : row + 1] for name, values in feeds.items()}

    return (lambda rows: session.run(output, rows)), feeds, part, 200


def onedal(model, table, data):
    name = type(model).__name__
    if not name.startswith(("LGBM", "XGB")):
        raise ImportError("takes boosted trees")
    daal4py = importlib.import_module("daal4py")
    convert = importlib.import_module("daal4py.mb").convert_model
    daal4py.daalinit(nthreads=1)
    converted = convert(model.booster_ if name.startswith("LGBM") else model.get_booster())
    rows = table.to_numpy(np.float32)
    return converted.predict_proba, rows, lambda row: rows[row : row + 1], 100


PEERS = {"scikit-learn": scikit_learn, "scikit-learn-intelex": intelex, "ONNX Runtime": onnx_runtime, "oneDAL": onedal}


def time_peers(model, table, data):
    """Returns the times of a batch and of single rows of each peer that takes the model, in nanoseconds per row."""
    times = {}
    for name, prepare in PEERS.items():
        try:
            call, rows, part, singles = prepare(model, table, data)
            batch = median_of(lambda: call(rows), ROUNDS, len(table))
            parts = [part(row) for row in range(singles)]
            times[name] = (batch, median_of(lambda: [call(one) for one in parts], 3, singles))
        except Exception as error:
            print(f"  {name}: {type(error).__name__}: {str(error)[:100]}")
    return times


def export(model, x, y, path):
    pmml = importlib.import_module("sklearn2pmml")
    pipeline = importlib.import_module("sklearn2pmml.pipeline").PMMLPipeline(
        model.steps if isinstance(model, Pipeline) else [("model", model)]
    )
    pipeline.active_fields = np.array(x.columns)
    pipeline.target_fields = None if y is None else np.array(["y"])
    pmml.sklearn2pmml(pipeline, str(path))


def agreement(pmmlc, document, rows, model, table):
    """Returns the share of rows whose prediction is scikit-learn's."""
    command = [pmmlc, "score", document, "-i", rows]
    scored = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    ours = pd.read_csv(io.StringIO(scored))["y"].to_numpy(float)
    values = table if table.dtypes.map(lambda dtype: dtype.kind != "f").any() else table.to_numpy()
    return float(np.mean(np.isclose(ours, model.predict(values).astype(float), rtol=1e-5, atol=1e-8)))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pmmlc", default=HERE.parent / "target/release/pmmlc")
    parser.add_argument("--only", default="", help="names of kinds, separated by commas")
    parser.add_argument("--json", type=pathlib.Path, help="write all figures to a file")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, arguments.only.split(",")))
    print("load", os.getloadavg(), flush=True)
    lines = [
        "| model | pmml, ns per row | AVX2 | portable | fastest peer, ns per row | times | one row, ns | fastest peer | times |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    figures = []
    for name, title, model, (x, y) in kinds():
        if wanted and name not in wanted:
            continue
        model.fit(x, y) if y is not None else model.fit(x)
        table = fresh_rows(x, FEW_ROWS if name.startswith(SLOW) else ROWS)
        document, rows = arguments.folder / f"{name}.pmml", arguments.folder / f"{name}.csv"
        if not document.exists():
            export(model, x, y, document)
        table.to_csv(rows, index=False)
        ours = {level: time_ours(arguments.pmmlc, document, rows, level) for level in ("avx512", "avx2", "portable")}
        batches = {level: measured["batch_ns"] for level, measured in ours.items()}
        single = ours["avx512"]["single_ns"]
        peers = time_peers(model, table, (x, y))
        agrees = None if y is None else agreement(arguments.pmmlc, document, rows, model, table)
        (by, batch), (by_one, one) = [min((times[i], peer) for peer, times in peers.items())[::-1] for i in (0, 1)]
        figures.append({"model": name, "ours": batches, "single": single, "peers": peers, "agree": agrees})
        line = (
            f"| {title} | {number(batches['avx512'])} | {number(batches['avx2'])} | {number(batches['portable'])} "
            f"| {number(batch)} {by} | {batch / batches['avx512']:.2f} "
            f"| {number(single)} | {number(one)} {by_one} | {one / single:.1f} |"
        )
        print(line, "" if agrees is None else f"agrees {agrees:.4f}", flush=True)
        lines.append(line)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))
    if arguments.write:
        write_table("compare_kinds.py", lines)


if __name__ == "__main__":
    main()
