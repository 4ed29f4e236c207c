#!/usr/bin/env python3
"""Makes models with nyoka, an exporter with its own deviations from the standard.

    make_nyoka.py [NAME ...]      all models, or those named

Trains, converts, and writes nyoka/NAME/model.pmml, input.csv and, in expected.csv, the results of the trained model. Then
`make.py nyoka/NAME ...` runs JPMML-Evaluator and decides which results are kept. README.md names the packages and
versions, which are older than those of make.py.
"""

import pathlib
import re
import sys
import warnings

import numpy as np
import pandas as pd
from data_sets import breast_cancer, diabetes, iris, sample, sentences
from lightgbm import LGBMClassifier, LGBMRegressor
from nyoka import lgb_to_pmml, skl_to_pmml, xgboost_to_pmml
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

HERE = pathlib.Path(__file__).resolve().parent / "nyoka"
SEED = {"random_state": 1}


def five_numbers():
    x, y = diabetes()
    return x[["age", "bmi", "pressure", "hdl", "ltg"]], y


def six_numbers():
    x, y = breast_cancer()
    return x.iloc[:, :6], y


def numbered(data):
    """Returns the classes as numbers, which XGBoost requires."""
    x, y = data
    return x, pd.Series(y.astype("category").cat.codes.to_numpy(), name=y.name)


def texts():
    frame = sentences()
    return frame["sentence"], frame["data_set"]


# Name: exporter, data, steps.
MODELS = {
    "DecisionTreeIris": (skl_to_pmml, iris, [DecisionTreeClassifier(max_depth=4, **SEED)]),
    "DecisionTreeScaled": (skl_to_pmml, five_numbers, [StandardScaler(), DecisionTreeRegressor(max_depth=4, **SEED)]),
    "BinarizedTreeIris": (skl_to_pmml, iris, [Binarizer(threshold=2.0), DecisionTreeClassifier(max_depth=3, **SEED)]),
    "RandomForestIris": (skl_to_pmml, iris, [RandomForestClassifier(4, max_depth=3, **SEED)]),
    "GradientBoostingIris": (skl_to_pmml, iris, [GradientBoostingClassifier(n_estimators=4, max_depth=2, **SEED)]),
    "GradientBoostingBreastCancer": (
        skl_to_pmml,
        six_numbers,
        [GradientBoostingClassifier(n_estimators=5, max_depth=2, **SEED)],
    ),
    "GradientBoostingDiabetes": (
        skl_to_pmml,
        five_numbers,
        [GradientBoostingRegressor(n_estimators=6, max_depth=3, **SEED)],
    ),
    "LogisticRegressionIris": (skl_to_pmml, iris, [MinMaxScaler(), LogisticRegression(multi_class="ovr")]),
    "LogisticRegressionRobust": (skl_to_pmml, six_numbers, [RobustScaler(), LogisticRegression(max_iter=1000)]),
    "RidgeClassifierBreastCancer": (skl_to_pmml, six_numbers, [MaxAbsScaler(), RidgeClassifier()]),
    "LinearDiscriminantIris": (skl_to_pmml, iris, [LinearDiscriminantAnalysis()]),
    "SGDLogIris": (skl_to_pmml, iris, [StandardScaler(), SGDClassifier(loss="log_loss", **SEED)]),
    "LinearSVCIris": (skl_to_pmml, iris, [StandardScaler(), LinearSVC(**SEED)]),
    "PolynomialDiabetes": (skl_to_pmml, five_numbers, [PolynomialFeatures(2), LinearRegression()]),
    "ImputedDiabetes": (skl_to_pmml, five_numbers, [SimpleImputer(), StandardScaler(), LinearRegression()]),
    "PCAIris": (skl_to_pmml, iris, [StandardScaler(), PCA(2, **SEED), LogisticRegression(multi_class="ovr")]),
    "SVCIris": (skl_to_pmml, iris, [StandardScaler(), SVC(kernel="poly", decision_function_shape="ovo")]),
    "SVRDiabetes": (skl_to_pmml, lambda: tuple(part[:80] for part in five_numbers()), [StandardScaler(), SVR(C=50)]),
    "GaussianNBIris": (skl_to_pmml, iris, [GaussianNB()]),
    "KNeighborsIris": (skl_to_pmml, lambda: tuple(part[::2] for part in iris()), [KNeighborsClassifier(5)]),
    "KNeighborsManhattan": (
        skl_to_pmml,
        lambda: tuple(part[:60] for part in five_numbers()),
        [StandardScaler(), KNeighborsRegressor(3, metric="manhattan")],
    ),
    "MLPIris": (skl_to_pmml, iris, [StandardScaler(), MLPClassifier((4,), max_iter=500, **SEED)]),
    "MLPBreastCancer": (
        skl_to_pmml,
        six_numbers,
        [StandardScaler(), MLPClassifier((4, 3), activation="tanh", max_iter=500, **SEED)],
    ),
    "MLPDiabetes": (
        skl_to_pmml,
        five_numbers,
        [StandardScaler(), MLPRegressor((5,), activation="logistic", max_iter=800, solver="lbfgs", **SEED)],
    ),
    "KMeansIris": (skl_to_pmml, iris, [StandardScaler(), KMeans(3, n_init=3, **SEED)]),
    "OneClassSVMIris": (skl_to_pmml, iris, [StandardScaler(), OneClassSVM(nu=0.1)]),
    "CountVectorizerSentences": (
        skl_to_pmml,
        texts,
        [CountVectorizer(max_features=30), LogisticRegression(max_iter=500)],
    ),
    "TfidfSentences": (
        skl_to_pmml,
        texts,
        [TfidfVectorizer(max_features=30), DecisionTreeClassifier(max_depth=5, **SEED)],
    ),
    "XGBoostIris": (
        xgboost_to_pmml,
        lambda: numbered(iris()),
        [StandardScaler(), XGBClassifier(n_estimators=4, max_depth=2)],
    ),
    "XGBoostBreastCancer": (
        xgboost_to_pmml,
        lambda: numbered(six_numbers()),
        [XGBClassifier(n_estimators=4, max_depth=2)],
    ),
    "XGBoostDiabetes": (xgboost_to_pmml, five_numbers, [XGBRegressor(n_estimators=6, max_depth=3)]),
    "LightGBMIris": (lgb_to_pmml, iris, [StandardScaler(), LGBMClassifier(n_estimators=3, num_leaves=5)]),
    "LightGBMBreastCancer": (lgb_to_pmml, six_numbers, [LGBMClassifier(n_estimators=4, num_leaves=5)]),
    "LightGBMDiabetes": (lgb_to_pmml, five_numbers, [MinMaxScaler(), LGBMRegressor(n_estimators=6, num_leaves=6)]),
}


def answers(pipeline, x, target):
    """Returns the results of the trained model, with nyoka's names."""
    model = pipeline.steps[-1][1]
    if isinstance(model, KMeans):
        return {"cluster": pipeline.predict(x)}
    if isinstance(model, OneClassSVM):
        return {"anomalyScore": pipeline.decision_function(x), "outlier": pipeline.predict(x) == -1}
    made = {target: pipeline.predict(x)}
    if hasattr(model, "predict_proba"):
        name = f"{target}_probability_" if isinstance(model, XGBClassifier) else "probability_"
        made.update((f"{name}{label}", values) for label, values in zip(model.classes_, pipeline.predict_proba(x).T))
    return {**made, f"predicted_{target}": made[target]}


def tidy(document):
    return re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", document)


def make(name):
    export, data, steps = MODELS[name]
    x, y = data()
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    pipeline = Pipeline([(f"step{i}", step) for i, step in enumerate(steps)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(x, y)
    path = folder / "model.pmml"
    frame = x.to_frame() if isinstance(x, pd.Series) else x
    export(pipeline, list(frame.columns), y.name, str(path))
    path.write_text(tidy(path.read_text(encoding="utf-8")), encoding="utf-8")
    rows = sample(x, rows=40)
    (rows.to_frame() if isinstance(rows, pd.Series) else rows).to_csv(folder / "input.csv", index=False)
    pd.DataFrame(answers(pipeline, rows, y.name)).to_csv(folder / "expected.csv", index=False)
    print(f"{name:30} {path.stat().st_size // 1024:3} KiB", flush=True)


def main():
    np.float = float  # for older packages
    for name in sys.argv[1:] or MODELS:
        make(name)


if __name__ == "__main__":
    main()
