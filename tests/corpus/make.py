#!/usr/bin/env python3
"""Makes the corpus of this folder and the data of examples/data.

    make.py [FAMILY/NAME ...]      all models, or those named

Trains small models on the data sets that scikit-learn ships, converts them to PMML with sklearn2pmml and asks
JPMML-Evaluator for the answers. For every model that can be asked row by row, the answers are also compared with those
of the model that was trained; a difference stops the program. README.md names the packages and versions.
"""
import datetime
import json
import math
import os
import pathlib
import re
import sys
import warnings

import jpmml_evaluator
import jpype
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn import datasets
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (GradientBoostingRegressor, IsolationForest, RandomForestClassifier, StackingClassifier,
                              VotingClassifier)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain, OrdinalDomain
from sklearn2pmml.feature_extraction.text import Splitter
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.preprocessing import PMMLLabelEncoder
from xgboost import XGBClassifier, XGBRegressor

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples" / "data"
ROWS = 60


# The data sets, with names that a person would give

def iris():
    frame = datasets.load_iris(as_frame=True)
    x = frame.data.set_axis(["sepal_length", "sepal_width", "petal_length", "petal_width"], axis=1)
    return x, pd.Series(frame.target_names[frame.target], name="species")


def wine():
    frame = datasets.load_wine(as_frame=True)
    x = frame.data.rename(columns={"od280/od315_of_diluted_wines": "od280"})
    return x, pd.Series(frame.target.to_numpy(), name="cultivar")


def breast_cancer():
    frame = datasets.load_breast_cancer(as_frame=True)
    x = frame.data.iloc[:, :10].rename(columns=lambda name: name.replace(" ", "_"))
    return x, pd.Series(frame.target_names[frame.target], name="diagnosis")


def diabetes():
    frame = datasets.load_diabetes(as_frame=True, scaled=False)
    x = frame.data.set_axis(["age", "sex", "bmi", "pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"], axis=1)
    x["sex"] = x["sex"].astype(int)
    return x, pd.Series(frame.target.to_numpy(), name="progression")


def diabetes_in_words():
    """The diabetes data with two columns of categories that have an order, as a questionnaire would hold them."""
    x, y = diabetes()
    x["weight"] = cut(x.pop("bmi"), [0, 23, 27, 31, 99], ["low", "normal", "raised", "high"])
    x["age_group"] = cut(x.pop("age"), [0, 35, 50, 65, 120], ["young", "middle", "older", "old"])
    return x[["weight", "age_group", "pressure", "hdl", "ltg", "glucose"]], y


def digits():
    """Four digits, a coarser image: 16 numbers."""
    frame = datasets.load_digits(n_class=4)
    images = frame.images.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)
    return pd.DataFrame(images, columns=[f"pixel_{i}" for i in range(16)]), pd.Series(frame.target, name="digit")


def sentences():
    """Sentences of the descriptions of three data sets, and which data set they describe; without addresses and donors."""
    rows = []
    for name in ("iris", "breast_cancer", "diabetes"):
        description = getattr(datasets, f"load_{name}")().DESCR.split("References")[0]
        for sentence in re.split(r"[.:\n|=*-]{2,}|\.\s|\n", description):
            words = re.findall(r"[A-Za-z]+", sentence)
            if len(words) >= 3 and not re.search(r"Creator|Donor|Date|http|ftp|[@\[(]", sentence):
                rows.append((" ".join(words), name))
    return pd.DataFrame(rows, columns=["sentence", "data_set"]).drop_duplicates("sentence")


def cut(column, edges, labels):
    return pd.cut(column, edges, labels=labels).astype(object)


def sample(frame, seed=7, rows=ROWS):
    return frame.sample(rows, random_state=seed).reset_index(drop=True)


def with_missing(frame, share=0.15, seed=11):
    """The frame with cells taken away at random."""
    frame = frame.astype(object)
    gone = np.random.default_rng(seed).random(frame.shape) < share
    return frame.mask(gone, None)


# The models: each function trains one and returns (pipeline, rows to score)

MODELS = {}


def model(name):
    def register(function):
        MODELS[name] = function
        return function
    return register


def fit(x, y, *steps, rows=None):
    pipeline = PMMLPipeline([(f"step{i}", step) for i, step in enumerate(steps[:-1])] + [("model", steps[-1])])
    pipeline.fit(x, y)
    return pipeline, sample(x) if rows is None else rows


@model("sklearn/DecisionTreeIris")
def _():
    x, y = iris()
    pipeline, rows = fit(x, y, DecisionTreeClassifier(max_depth=4, random_state=1))
    pipeline.verify(sample(x, seed=5, rows=5))
    return pipeline, rows


@model("sklearn/DecisionTreeDiabetesOrdinal")
def _():
    x, y = diabetes_in_words()
    scales = {"weight": ["low", "normal", "raised", "high"], "age_group": ["young", "middle", "older", "old"]}
    prepare = ColumnTransformer([
        *((name, make_pipeline(OrdinalDomain(data_values=[words]), OrdinalEncoder(categories=[words])), [name])
          for name, words in scales.items()),
        ("numbers", "passthrough", ["pressure", "hdl", "ltg", "glucose"])])
    return fit(x, y, prepare, DecisionTreeRegressor(max_depth=5, random_state=1))


@model("sklearn/RandomForestWine")
def _():
    return fit(*wine(), RandomForestClassifier(n_estimators=12, max_depth=4, random_state=1))


@model("sklearn/GradientBoostingDiabetes")
def _():
    return fit(*diabetes(), GradientBoostingRegressor(n_estimators=25, max_depth=3, random_state=1))


@model("sklearn/LinearRegressionDiabetes")
def _():
    x, y = diabetes_in_words()
    prepare = ColumnTransformer([
        ("words", OneHotEncoder(), ["weight", "age_group"]),
        ("numbers", StandardScaler(), ["pressure", "hdl", "ltg", "glucose"])])
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/LogisticRegressionBreastCancer")
def _():
    return fit(*breast_cancer(), StandardScaler(), LogisticRegression(max_iter=1000))


@model("sklearn/LogisticRegressionIris")
def _():
    return fit(*iris(), StandardScaler(), LogisticRegression(max_iter=1000))


@model("sklearn/ImputationDiabetes")
def _():
    """Missing values: imputed, then scaled or cut into bins; a category of their own among the words."""
    x, y = diabetes_in_words()
    gaps = with_missing(x)
    numbers = ["hdl", "ltg", "glucose"]
    gaps[numbers + ["pressure"]] = gaps[numbers + ["pressure"]].astype(float)
    prepare = ColumnTransformer([
        ("words", make_pipeline(SimpleImputer(strategy="constant", fill_value="unknown", missing_values=None),
                                OneHotEncoder()), ["weight", "age_group"]),
        ("bins", make_pipeline(SimpleImputer(strategy="median"),
                               KBinsDiscretizer(n_bins=4, encode="onehot-dense", strategy="uniform")), ["pressure"]),
        ("numbers", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), numbers)])
    return fit(gaps, y, prepare, LinearRegression(), rows=sample(gaps))


@model("sklearn/ReturnInvalidDiabetes")
def _():
    """Invalid values: outside the range, an unknown word, no number at all; such rows fail."""
    x, y = diabetes_in_words()
    pipeline, rows = fit(x, y, ColumnTransformer([
        ("words", make_pipeline(CategoricalDomain(), OneHotEncoder()), ["weight", "age_group"]),
        ("numbers", ContinuousDomain(), ["pressure", "hdl", "ltg", "glucose"])]), LinearRegression())
    return pipeline, spoil(rows)


@model("sklearn/AsMissingDiabetes")
def _():
    """Invalid values count as missing ones, missing ones are replaced, outliers are pulled in."""
    x, y = diabetes_in_words()
    numbers = ContinuousDomain(missing_value_replacement=100.0, invalid_value_treatment="as_missing",
                               outlier_treatment="as_extreme_values", low_value=20.0, high_value=110.0)
    prepare = ColumnTransformer([
        ("words", make_pipeline(CategoricalDomain(missing_value_replacement="normal", invalid_value_treatment="as_missing"),
                                OneHotEncoder()), ["weight"]),
        ("numbers", numbers, ["pressure", "hdl", "glucose"])])
    pipeline, rows = fit(x[["weight", "pressure", "hdl", "glucose"]], y, prepare, LinearRegression())
    return pipeline, spoil(rows)


def spoil(rows):
    """Puts invalid and missing values into some of the rows."""
    rows = rows.astype(object)
    column = {name: i for i, name in enumerate(rows.columns)}
    for row, name, value in [(2, "weight", "heavy"), (5, "pressure", 1000.0), (8, "hdl", -1.0), (11, "glucose", "high"),
                             (14, "weight", None), (17, "pressure", None), (20, "glucose", None), (23, "hdl", "?"),
                             (26, "pressure", 61.9), (29, "weight", "Low"), (32, "glucose", 1e300), (35, "hdl", None)]:
        rows.iat[row, column[name]] = value
    return rows


@model("sklearn/VotingWine")
def _():
    members = [("tree", DecisionTreeClassifier(max_depth=3, random_state=1)),
               ("line", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
               ("bayes", GaussianNB())]
    return fit(*wine(), VotingClassifier(members, voting="soft", weights=[1, 2, 1]))


@model("sklearn/MajorityVotingIris")
def _():
    members = [(f"tree{depth}", DecisionTreeClassifier(max_depth=depth, random_state=depth)) for depth in (1, 2, 3)]
    return fit(*iris(), VotingClassifier(members, voting="hard"))


@model("sklearn/StackingBreastCancer")
def _():
    members = [("tree", DecisionTreeClassifier(max_depth=3, random_state=1)),
               ("line", LogisticRegression(max_iter=1000))]
    return fit(*breast_cancer(), StandardScaler(), StackingClassifier(members, final_estimator=LogisticRegression()))


@model("sklearn/CountVectorizerSentences")
def _():
    frame = sentences()
    words = CountVectorizer(tokenizer=Splitter(), token_pattern=None, lowercase=True, max_features=60)
    pipeline = PMMLPipeline([("words", words), ("model", LogisticRegression(max_iter=1000))])
    pipeline.fit(frame["sentence"], frame["data_set"])
    return pipeline, sample(frame[["sentence"]])


@model("sklearn/GaussianNBIris")
def _():
    return fit(*iris(), GaussianNB())


@model("sklearn/SVCIris")
def _():
    return fit(*iris(), StandardScaler(), SVC(kernel="rbf", C=1.0))


@model("sklearn/MLPDiabetes")
def _():
    network = MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", max_iter=500, random_state=1)
    return fit(*diabetes(), StandardScaler(), network)


@model("sklearn/KNeighborsWine")
def _():
    x, y = wine()
    return fit(x[["alcohol", "flavanoids", "color_intensity"]], y, KNeighborsClassifier(n_neighbors=5))


@model("sklearn/KMeansIris")
def _():
    x, _ = iris()
    return fit(x, None, StandardScaler(), KMeans(n_clusters=3, n_init=3, random_state=1))


@model("sklearn/IsolationForestIris")
def _():
    x, _ = iris()
    return fit(x, None, IsolationForest(n_estimators=8, max_samples=64, random_state=1))


@model("lightgbm/LightGBMDiabetesMissing")
def _():
    """Missing values and categories, which LightGBM handles itself."""
    x, y = diabetes_in_words()
    gaps = with_missing(x, share=0.1)
    numbers = ["pressure", "hdl", "ltg", "glucose"]
    gaps[numbers] = gaps[numbers].astype(float)
    prepare = ColumnTransformer([
        ("weight", PMMLLabelEncoder(missing_values=-1), ["weight"]),
        ("age_group", PMMLLabelEncoder(missing_values=-1), ["age_group"]),
        ("numbers", "passthrough", numbers)])
    booster = LGBMRegressor(n_estimators=20, num_leaves=8, verbose=-1, random_state=1)
    pipeline = PMMLPipeline([("prepare", prepare), ("model", booster)])
    pipeline.fit(gaps, y, model__categorical_feature=[0, 1])
    return pipeline, sample(gaps)


@model("lightgbm/LightGBMWine")
def _():
    return fit(*wine(), LGBMClassifier(n_estimators=8, num_leaves=6, verbose=-1, random_state=1))


@model("lightgbm/LightGBMBreastCancer")
def _():
    return fit(*breast_cancer(), LGBMClassifier(n_estimators=15, num_leaves=8, verbose=-1, random_state=1))


@model("xgboost/XGBoostDiabetes")
def _():
    return fit(*diabetes(), XGBRegressor(n_estimators=20, max_depth=3, random_state=1))


@model("xgboost/XGBoostDigits")
def _():
    x, y = digits()
    return fit(x, y, XGBClassifier(n_estimators=6, max_depth=3, random_state=1))


@model("xgboost/XGBoostBreastCancerMissing")
def _():
    x, y = breast_cancer()
    gaps = with_missing(x, share=0.1).astype(float)
    y = (y == "malignant").astype(int).rename("malignant")
    return fit(gaps, y, XGBClassifier(n_estimators=15, max_depth=3, random_state=1), rows=sample(gaps))


# Writing

def tidy(document):
    """Drops what differs from run to run, and what only the trainer's tools want to know."""
    document = re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", document)
    return re.sub(r"\s*<MiningBuildTask>.*?</MiningBuildTask>", "", document, flags=re.S)


def write_model(pipeline, path):
    sklearn2pmml(pipeline, str(path))
    path.write_text(tidy(path.read_text(encoding="utf-8")), encoding="utf-8")


def start_java():
    home = pathlib.Path(jpmml_evaluator.__file__).parent
    jars = sorted(home.glob("dependencies/*.jar")) + sorted(home.glob("resources/*.jar"))
    jpype.startJVM(classpath=[str(jar) for jar in jars], convertStrings=True)
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()


def cell_text(value):
    return None if value is None or value != value or value in ("", "NA", "N/A") else str(value)


def java_text(value):
    """The value as Java prints it."""
    return None if value is None else str(jpype.JClass("java.lang.String").valueOf(jpype.JObject(value)))


def ask(path, rows):
    """JPMML-Evaluator's answers: column names, one list of texts a row (None: missing), one error name a row (or None)."""
    evaluator_package = jpype.JPackage("org.jpmml.evaluator")
    evaluator = evaluator_package.LoadingModelEvaluatorBuilder().load(jpype.JClass("java.io.File")(str(path))).build()
    evaluator.verify()
    columns = [str(field.getName()) for field in evaluator.getTargetFields() if not field.isSynthetic()]
    columns += [name for name in (str(field.getName()) for field in evaluator.getOutputFields() if field.isFinalResult())
                if name not in columns]
    answers, errors = [], []
    for row in rows.itertuples(index=False):
        arguments = jpype.JClass("java.util.HashMap")()
        for name, value in zip(rows.columns, row):
            arguments.put(name, cell_text(value))
        try:
            results = evaluator_package.EvaluatorUtil.decodeAll(evaluator.evaluate(arguments))
            answers.append([java_text(results.get(name)) for name in columns])
            errors.append(None)
        except jpype.JException as error:
            answers.append([None] * len(columns))
            errors.append(str(error.getClass().getSimpleName()))
    info = evaluator.getModel()
    return columns, answers, errors, str(info.getClass().getSimpleName()), str(info.getMiningFunction().value())


def agrees(pipeline, rows, columns, answers, errors):
    """Compares the answers with the trained model's; None where it cannot be asked about these rows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = rows["sentence"] if list(rows.columns) == ["sentence"] else rows
            names = [columns[0]]
            ask_for = pipeline.decision_function if names == ["decisionFunction"] else pipeline.predict
            trained = [np.asarray(ask_for(rows)).ravel()]
            if any(name.startswith("probability(") for name in columns) and hasattr(pipeline, "predict_proba"):
                classes = pipeline._final_estimator.classes_
                trained += list(np.asarray(pipeline.predict_proba(rows)).T)
                names += [f"probability({label})" for label in classes]
    except (TypeError, ValueError):
        return None
    tolerance = 1e-5 if "xgboost" in type(pipeline._final_estimator).__module__ else 1e-7
    for name, values in zip(names, trained):
        for i, value in enumerate(values):
            if errors[i] is None:
                answer = answers[i][columns.index(name)]
                same = (math.isclose(float(answer), float(value), rel_tol=tolerance, abs_tol=tolerance)
                        if isinstance(value, (int, float, np.number)) else answer == str(value))
                if not same:
                    raise SystemExit(f"row {i}, {name}: trained model {value}, JPMML-Evaluator {answer}")
    return True


def csv_text(header, rows):
    def quote(text):
        text = "" if text is None else text
        return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) or text != text.strip() else text
    return "".join(",".join(map(quote, row)) + "\n" for row in [header, *rows])


def make(name):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    pipeline, rows = MODELS[name]()
    write_model(pipeline, folder / "model.pmml")
    cells = [[cell_text(value) for value in row] for row in rows.itertuples(index=False)]
    (folder / "input.csv").write_text(csv_text(list(rows.columns), cells), encoding="utf-8")
    columns, answers, errors, element, function = ask(folder / "model.pmml", rows)
    failed = sum(error is not None for error in errors)
    if failed == len(rows):
        raise SystemExit(f"{name}: every row failed with {errors[0]}")
    agreement = agrees(pipeline, rows, columns, answers, errors)
    if failed:
        answers = [answer + [error] for answer, error in zip(answers, errors)]
    (folder / "jpmml.csv").write_text(csv_text(columns + (["_error"] if failed else []), answers), encoding="utf-8")
    said = "agrees" if agreement else "was not compared: it does not take these rows"
    meta = {"family": name.split("/")[0], "name": name.split("/")[1], "modelElement": element, "miningFunction": function,
            "rows": len(rows), "error_rows": failed, "reference": "jpmml",
            "notes": [f"the trained model {said}"]}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    size = (folder / "model.pmml").stat().st_size
    print(f"{name:38} {element:24} {size // 1024:3} KiB, {len(rows)} rows, {failed} failed; the trained model {said}")


def make_example():
    """examples/data: the iris forest that the README shows, and twenty flowers without labels."""
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    pipeline, _ = fit(*iris(), RandomForestClassifier(n_estimators=15, max_depth=4, random_state=1))
    pipeline.verify(sample(iris()[0], seed=5, rows=5))
    write_model(pipeline, EXAMPLES / "iris.pmml")
    sample(iris()[0], seed=3, rows=20).to_csv(EXAMPLES / "iris.csv", index=False)


def main():
    os.environ["SKLEARN2PMML_BANNER"] = datetime.date.today().isoformat()  # which keeps sklearn2pmml from printing one
    start_java()
    for name in sys.argv[1:] or MODELS:
        make(name)
    if not sys.argv[1:]:
        make_example()


if __name__ == "__main__":
    main()
