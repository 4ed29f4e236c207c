"""Estimators, one document each: other losses, kernels, links, votes and compositions than those of first_models.py."""

import numpy as np
import pandas as pd
from data_sets import breast_cancer, diabetes, diabetes_in_words, digits, iris, sample, spoil, wine, with_missing
from registry import fit, model
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import MiniBatchKMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ARDRegression,
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDOneClassSVM,
)
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR, NuSVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain
from sklearn2pmml.ensemble import EstimatorChain, GBDTLRClassifier, Link, SelectFirstClassifier, SelectFirstRegressor
from sklearn2pmml.expression import ExpressionClassifier, ExpressionRegressor
from sklearn2pmml.ruleset import RuleSetClassifier

NUMBERS = ["pressure", "hdl", "ltg", "glucose"]


def five_numbers():
    x, y = diabetes()
    return x[["age", "bmi", "pressure", "hdl", "ltg"]], y


def gaps(x, share=0.1):
    return with_missing(x, share=share).astype(float)


# Regressions with other losses and links


@model("sklearn/GammaRegressionDiabetes")
def _():
    x, y = five_numbers()
    return fit(x, y, StandardScaler(), GammaRegressor(alpha=0.1))


@model("sklearn/PoissonRegressionDomain")
def _():
    """Invalid values become missing ones, missing ones a number; outliers are missing."""
    x, y = diabetes_in_words()
    numbers = ContinuousDomain(
        missing_value_replacement=90.0,
        invalid_value_treatment="as_missing",
        outlier_treatment="as_missing_values",
        low_value=30.0,
        high_value=115.0,
    )
    words = CategoricalDomain(
        missing_value_replacement="raised", invalid_value_treatment="as_value", invalid_value_replacement="low"
    )
    prepare = ColumnTransformer(
        [
            ("words", make_pipeline(words, OneHotEncoder()), ["weight"]),
            ("numbers", make_pipeline(numbers, StandardScaler()), ["pressure", "hdl", "glucose"]),
        ]
    )
    pipeline, rows = fit(x[["weight", "pressure", "hdl", "glucose"]], y, prepare, PoissonRegressor(alpha=0.1))
    return pipeline, spoil(rows)


@model("sklearn/QuantileRegressionDiabetes")
def _():
    x, y = five_numbers()
    return fit(x, y, StandardScaler(), QuantileRegressor(quantile=0.75, alpha=0.01))


@model("sklearn/ARDRegressionDiabetes")
def _():
    x, y = five_numbers()
    return fit(x, y, StandardScaler(), ARDRegression())


@model("sklearn/KernelRidgeDiabetes")
def _():
    x, y = five_numbers()
    return fit(x[:60], y[:60], StandardScaler(), KernelRidge(alpha=1.0, kernel="rbf", gamma=0.1), rows=sample(x))


@model("sklearn/TransformedTargetDiabetes")
def _():
    x, y = five_numbers()
    line = TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    return fit(x, y, StandardScaler(), line)


@model("sklearn/ExpressionRegressionDiabetes")
def _():
    x, y = five_numbers()
    return fit(
        x, y, ExpressionRegressor("0.02 * X['bmi'] + 0.5 * X['ltg'] if X['age'] > 40 else 0.1 * X['bmi'] + 1", "exp")
    )


# Support vectors and neighbors


@model("sklearn/OneClassSVMIris")
def _():
    x, _ = iris()
    return fit(x, None, StandardScaler(), OneClassSVM(kernel="rbf", gamma=0.3, nu=0.1))


@model("sklearn/SGDOneClassSVMIris")
def _():
    x, _ = iris()
    return fit(x, None, StandardScaler(), SGDOneClassSVM(random_state=1))


@model("sklearn/NuSVRDiabetes")
def _():
    x, y = five_numbers()
    return fit(x[:80], y[:80], StandardScaler(), NuSVR(kernel="sigmoid", gamma=0.05, coef0=0.5, C=10), rows=sample(x))


@model("sklearn/SVRPolynomialDiabetes")
def _():
    x, y = five_numbers()
    return fit(x[:80], y[:80], MinMaxScaler(), SVR(kernel="poly", degree=2, coef0=1.0, C=50), rows=sample(x))


@model("sklearn/SVCPolynomialWine")
def _():
    x, y = wine()
    return fit(
        x[["alcohol", "flavanoids", "hue"]], y, StandardScaler(), SVC(kernel="poly", degree=3, gamma=0.5, coef0=1)
    )


@model("sklearn/KNeighborsDistanceWine")
def _():
    x, y = wine()
    x = x[["alcohol", "flavanoids", "hue", "proline"]]
    neighbors = KNeighborsClassifier(n_neighbors=4, weights="distance", metric="manhattan")
    return fit(x[::2], y[::2], StandardScaler(), neighbors, rows=sample(x))


@model(
    "sklearn/KNeighborsRegressionMinkowski", trusts_trained="instances at the distance 0 give NaN in JPMML-Evaluator"
)
def _():
    x, y = five_numbers()
    neighbors = KNeighborsRegressor(n_neighbors=3, weights="distance", metric="minkowski", p=3)
    return fit(x[:70], y[:70], MinMaxScaler(), neighbors, rows=sample(x))


@model("sklearn/KNeighborsTwoTargets")
def _():
    x, y = five_numbers()
    y = pd.DataFrame({"progression": y, "glucose": diabetes()[0]["glucose"]})
    return fit(x[:70], y[:70], KNeighborsRegressor(n_neighbors=3, metric="manhattan"), rows=sample(x))


@model("sklearn/NearestNeighborsIris")
def _():
    x, _ = iris()
    return fit(x[::3], None, NearestNeighbors(n_neighbors=3, metric="minkowski", p=4), rows=sample(x))


@model("sklearn/NearestCentroidIris")
def _():
    x, y = iris()
    return fit(x, y, NearestCentroid(metric="manhattan"))


@model("sklearn/MiniBatchKMeansWine")
def _():
    x, _ = wine()
    return fit(
        x[["alcohol", "flavanoids", "hue", "proline"]],
        None,
        MinMaxScaler(),
        MiniBatchKMeans(n_clusters=4, random_state=1, n_init=2),
    )


# Networks and Bayes


@model("sklearn/MLPLogisticDigits")
def _():
    x, y = digits()
    return fit(
        x, y, MinMaxScaler(), MLPClassifier((5, 4), activation="logistic", solver="lbfgs", max_iter=200, random_state=1)
    )


@model("sklearn/MLPIdentityBreastCancer")
def _():
    x, y = breast_cancer()
    return fit(x, y, StandardScaler(), MLPClassifier((3,), activation="identity", max_iter=300, random_state=1))


@model("sklearn/CategoricalNBWords")
def _():
    x, y = diabetes_in_words()
    y = pd.Series(np.where(y > 150, "fast", "slow"), name="progress")
    return fit(x[["weight", "age_group"]], y, OrdinalEncoder(), CategoricalNB())


# Trees and votes


@model("sklearn/TreeTwoTargets")
def _():
    x, y = five_numbers()
    y = pd.DataFrame({"progression": y, "glucose": diabetes()[0]["glucose"]})
    return fit(x, y, MultiOutputRegressor(ExtraTreesRegressor(n_estimators=3, max_depth=3, random_state=1)))


@model("sklearn/BaggingSubspaceIris")
def _():
    x, y = iris()
    return fit(x, y, BaggingClassifier(LogisticRegression(), n_estimators=4, max_features=2, random_state=1))


@model("sklearn/BaggingSVRDiabetes")
def _():
    x, y = five_numbers()
    members = BaggingRegressor(SVR(C=20), n_estimators=3, max_samples=25, max_features=3, random_state=1)
    return fit(x, y, StandardScaler(), members)


@model("sklearn/AdaBoostBreastCancer")
def _():
    x, y = breast_cancer()
    return fit(
        x, y, AdaBoostClassifier(DecisionTreeClassifier(max_depth=2, random_state=1), n_estimators=6, random_state=1)
    )


@model("sklearn/GradientBoostingExponential")
def _():
    x, y = breast_cancer()
    return fit(x, y, GradientBoostingClassifier(loss="exponential", n_estimators=12, max_depth=3, random_state=1))


@model("sklearn/GradientBoostingWine")
def _():
    x, y = wine()
    return fit(x, y, GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=1))


@model("sklearn/GradientBoostingQuantile")
def _():
    x, y = five_numbers()
    return fit(
        x, y, GradientBoostingRegressor(loss="quantile", alpha=0.8, n_estimators=12, max_depth=3, random_state=1)
    )


@model("sklearn/HistGradientBoostingWords")
def _():
    """Missing values and categories, of three classes."""
    x, y = diabetes_in_words()
    scale = pd.cut(y, [0, 90, 180, 400], labels=["slow", "medium", "fast"]).astype(object)
    x[NUMBERS] = gaps(x[NUMBERS])
    prepare = ColumnTransformer(
        [
            ("words", make_pipeline(CategoricalDomain(), OrdinalEncoder()), ["weight", "age_group"]),
            ("numbers", "passthrough", NUMBERS),
        ]
    )
    boosting = HistGradientBoostingClassifier(categorical_features=[0, 1], max_iter=6, max_leaf_nodes=6, random_state=1)
    return fit(x, scale, prepare, boosting, rows=sample(x))


@model("sklearn/IsolationForestDomain")
def _():
    """Missing and invalid values, which the domain replaces."""
    x, _ = diabetes_in_words()
    x = x[NUMBERS]
    domain = ContinuousDomain(missing_value_replacement=4.0, invalid_value_treatment="as_missing")
    pipeline, rows = fit(x, None, domain, IsolationForest(n_estimators=6, max_samples=40, random_state=1))
    rows = rows.astype(object)
    for row, column, value in [(1, 0, None), (3, 1, "none"), (5, 2, 1e9), (7, 3, None), (9, 0, -1)]:
        rows.iat[row, column] = value
    return pipeline, rows


@model("sklearn/CalibratedTreeBreastCancer")
def _():
    x, y = breast_cancer()
    calibrated = CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3, random_state=1), method="sigmoid", cv=3)
    return fit(x, y, calibrated)


@model("sklearn/CalibratedNaiveBayesWine", trusts_trained="labels of segments and of the ensemble have different types")
def _():
    x, y = wine()
    return fit(x[["alcohol", "flavanoids", "hue"]], y, CalibratedClassifierCV(GaussianNB(), method="sigmoid", cv=2))


@model("sklearn/FixedThresholdBreastCancer", compares=False)
def _():
    x, y = breast_cancer()
    line = FixedThresholdClassifier(
        LogisticRegression(max_iter=1000), threshold=0.2, pos_label="malignant", response_method="predict_proba"
    )
    return fit(x, y, StandardScaler(), line)


@model("sklearn/RidgeClassifierWine")
def _():
    return fit(*wine(), StandardScaler(), RidgeClassifier())


@model("sklearn/SGDModifiedHuberBreastCancer")
def _():
    return fit(*breast_cancer(), StandardScaler(), SGDClassifier(loss="modified_huber", random_state=1))


@model("sklearn/OneVsRestTreesWine", trusts_trained="a label that is no integer fails every row in JPMML-Evaluator")
def _():
    return fit(*wine(), OneVsRestClassifier(DecisionTreeClassifier(max_depth=3, random_state=1)))


@model("sklearn/VotingRegressionDiabetes")
def _():
    x, y = five_numbers()
    members = [
        ("tree", DecisionTreeRegressor(max_depth=3, random_state=1)),
        ("line", Ridge()),
        ("boosting", GradientBoostingRegressor(n_estimators=5, max_depth=2, random_state=1)),
    ]
    return fit(x, y, VotingRegressor(members, weights=[1, 2, 3]))


@model("sklearn/StackingPassthroughDiabetes")
def _():
    x, y = five_numbers()
    members = [("tree", DecisionTreeRegressor(max_depth=3, random_state=1)), ("line", Ridge())]
    return fit(
        x,
        y,
        StackingRegressor(
            members, final_estimator=DecisionTreeRegressor(max_depth=4, random_state=1), passthrough=True
        ),
    )


@model("sklearn/ClassifierChainIris")
def _():
    x, y = iris()
    y = pd.DataFrame({"is_setosa": (y == "setosa").astype(int), "is_virginica": (y == "virginica").astype(int)})
    return fit(x, y, StandardScaler(), ClassifierChain(LogisticRegression(), order=None))


@model("sklearn/RegressorChainDiabetes")
def _():
    x, y = five_numbers()
    y = pd.DataFrame({"progression": y, "glucose": diabetes()[0]["glucose"]})
    return fit(x, y, RegressorChain(DecisionTreeRegressor(max_depth=4, random_state=1), order=None))


@model("sklearn/MultiOutputBoosting")
def _():
    x, y = five_numbers()
    y = pd.DataFrame({"progression": y, "glucose": diabetes()[0]["glucose"]})
    return fit(x, y, MultiOutputRegressor(GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=1)))


# What sklearn2pmml adds


@model("sklearn/RuleSetIris")
def _():
    x, y = iris()
    rules = RuleSetClassifier(
        [
            ("X['petal_length'] < 2.45", "setosa"),
            ("X['petal_width'] < 1.75 and X['petal_length'] < 4.95", "versicolor"),
            ("(X['sepal_width'] <= 3.5 or X['sepal_length'] >= 7.0) and X['petal_width'] != 1.8", "virginica"),
        ],
        default_score="versicolor",
    )
    return fit(x, y, rules)


@model("sklearn/SelectFirstDiabetes")
def _():
    x, y = diabetes()
    x = x[["age", "sex", "bmi", "pressure"]]
    members = [
        ("men", DecisionTreeRegressor(max_depth=3, random_state=1), "X['sex'] == 1 and X['age'] < 60"),
        ("old", LinearRegression(), "X['age'] >= 60"),
        ("others", Ridge(), str(True)),
    ]
    return fit(x, y, SelectFirstRegressor(members))


@model("sklearn/SelectFirstNestedIris")
def _():
    x, y = iris()
    members = [
        ("narrow", DecisionTreeClassifier(max_depth=2, random_state=1), "X['sepal_width'] < 3.0"),
        ("wide", make_pipeline(StandardScaler(), LogisticRegression()), "X['sepal_width'] >= 3.0"),
    ]
    return fit(x, y, SelectFirstClassifier(members))


@model("sklearn/GBDTLRBreastCancer")
def _():
    x, y = breast_cancer()
    return fit(
        x,
        y,
        GBDTLRClassifier(
            GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=1), LogisticRegression(max_iter=500)
        ),
    )


@model("sklearn/ExpressionClassificationIris")
def _():
    x, y = iris()
    logits = {
        "setosa": "5 - 2 * X['petal_length']",
        "versicolor": "X['petal_length'] - X['petal_width'] ** 2 if X['sepal_width'] < 3.4 else -1",
        "virginica": "3 * X['petal_width'] - 3",
    }
    return fit(x, y, ExpressionClassifier(logits, "softmax"))


@model("sklearn/EstimatorChainDiabetes")
def _():
    x, y = five_numbers()
    steps = [
        (
            "forest",
            Link(RandomForestRegressor(n_estimators=3, max_depth=2, random_state=1), augment_funcs=["predict"]),
            str(True),
        ),
        ("line", LinearRegression(), str(True)),
    ]
    return fit(x, y, EstimatorChain(steps, multioutput=False))
