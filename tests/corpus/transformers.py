"""Preprocessing before an estimator: strings, dates, lookups, bins, splines, encodings, expressions."""

import numpy as np
import pandas as pd
from data_sets import diabetes, diabetes_in_words, iris, sample, sentences, with_missing
from registry import fit, model
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml.decoration import Alias, CategoricalDomain, ContinuousDomain, DateDomain, DateTimeDomain
from sklearn2pmml.feature_extraction.text import Matcher, Splitter
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.preprocessing import (
    AggregateTransformer,
    CastTransformer,
    ConcatTransformer,
    CutTransformer,
    DaysSinceYearTransformer,
    ExpressionTransformer,
    FilterLookupTransformer,
    LagTransformer,
    LookupTransformer,
    MatchesTransformer,
    MultiLookupTransformer,
    PowerFunctionTransformer,
    ReplaceTransformer,
    SecondsSinceMidnightTransformer,
    SecondsSinceYearTransformer,
    StringLengthTransformer,
    StringNormalizer,
    SubstringTransformer,
    WordCountTransformer,
)

NUMBERS = ["pressure", "hdl", "ltg", "glucose"]


def five_numbers(share=None):
    x, y = diabetes()
    x = x[["age", "bmi", "pressure", "hdl", "ltg"]]
    return (x if share is None else with_missing(x, share=share).astype(float)), y


def visits():
    """Generated visits: dates, times, codes, free text, and their cost."""
    random = np.random.default_rng(5)
    count = 160
    days = pd.Timestamp("1999-11-20") + pd.to_timedelta(random.integers(0, 9000, count), unit="D")
    admitted = days + pd.to_timedelta(random.integers(0, 86_400, count), unit="s")
    released = admitted + pd.to_timedelta(random.integers(600, 900_000, count), unit="s")
    remarks = [
        "Cold, cough",
        "  broken ARM ",
        "cough and FEVER",
        "fever",
        "check-up",
        "Arm hurts; fever 39.5",
        "naïve question",
    ]
    frame = pd.DataFrame(
        {
            "admitted": admitted.strftime("%Y-%m-%dT%H:%M:%S"),
            "released": released.strftime("%Y-%m-%dT%H:%M:%S"),
            "born": (days - pd.to_timedelta(random.integers(300, 30_000, count), unit="D")).strftime("%Y-%m-%d"),
            "ward": random.choice(["A1", "A2", "B1", "b2", "C9"], count),
            "insurer": random.choice(["state", "private", "none"], count),
            "remark": random.choice(remarks, count),
            "bill": np.round(random.gamma(2.0, 120.0, count), 2),
            "beds": random.integers(1, 9, count),
        }
    )
    cost = frame["bill"] * 0.7 + frame["beds"] * 12 + (frame["ward"] == "C9") * 55 + random.normal(0, 9, count)
    return frame, pd.Series(np.round(cost, 3), name="cost")


def column():
    """Passes on a column of strings as an array, which transformers of single columns require."""
    return SimpleImputer(strategy="most_frequent", missing_values=None)


def spoilt(rows, *cells):
    """Returns the rows with other values in some cells: (row, column, value)."""
    rows = rows.astype(object)
    for row, column, value in cells:
        rows.iat[row, rows.columns.get_loc(column)] = value
    return rows


# Dates and times


@model("sklearn/DatesVisits")
def _():
    x, y = visits()
    x = x[["admitted", "released", "born"]]
    prepare = ColumnTransformer(
        [
            (
                "stay",
                make_pipeline(
                    DateTimeDomain(), SecondsSinceYearTransformer(2000), ExpressionTransformer("(X[1] - X[0]) / 86400")
                ),
                ["admitted", "released"],
            ),
            ("born", make_pipeline(DateDomain(), DaysSinceYearTransformer(1960)), ["born"]),
        ]
    )
    return fit(x, y, prepare, DecisionTreeRegressor(max_depth=4, random_state=1))


@model("sklearn/TimesVisits")
def _():
    x, y = visits()
    x = x[["admitted", "beds"]]
    prepare = ColumnTransformer(
        [
            ("clock", make_pipeline(DateTimeDomain(), SecondsSinceMidnightTransformer()), ["admitted"]),
            ("beds", "passthrough", ["beds"]),
        ]
    )
    return fit(x, y, prepare, LinearRegression())


# Texts


@model("sklearn/TextFunctionsVisits")
def _():
    x, y = visits()
    x = x[["ward", "insurer", "remark", "beds"]]
    prepare = ColumnTransformer(
        [
            (
                "floor",
                make_pipeline(
                    CategoricalDomain(),
                    column(),
                    StringNormalizer(function="uppercase"),
                    SubstringTransformer(0, 1),
                    OneHotEncoder(),
                ),
                ["ward"],
            ),
            (
                "both",
                make_pipeline(column(), ConcatTransformer("/"), OneHotEncoder(handle_unknown="ignore")),
                ["ward", "insurer"],
            ),
            (
                "long",
                make_pipeline(
                    CategoricalDomain(),
                    column(),
                    StringNormalizer(function="lowercase", trim_blanks=True),
                    StringLengthTransformer(),
                ),
                ["remark"],
            ),
            (
                "fever",
                make_pipeline(CategoricalDomain(), column(), MatchesTransformer("(?i)fever"), CastTransformer(int)),
                ["remark"],
            ),
            ("beds", "passthrough", ["beds"]),
        ]
    )
    return fit(x, y, prepare, DecisionTreeRegressor(max_depth=5, random_state=1))


@model("sklearn/ReplaceVisits")
def _():
    x, y = visits()
    x = x[["ward", "beds"]]
    prepare = ColumnTransformer(
        [
            (
                "ward",
                make_pipeline(
                    column(),
                    ReplaceTransformer("^([A-Za-z])(\\d)$", "\\2\\1"),
                    StringNormalizer("lowercase"),
                    OneHotEncoder(),
                ),
                ["ward"],
            ),
            ("beds", "passthrough", ["beds"]),
        ]
    )
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/WordCountSentences")
def _():
    frame = sentences()
    pipeline = PMMLPipeline(
        [("count", WordCountTransformer()), ("model", DecisionTreeClassifier(max_depth=3, random_state=1))]
    )
    pipeline.fit(frame[["sentence"]], frame["data_set"])
    return pipeline, sample(frame[["sentence"]], rows=40)


@model("sklearn/TfidfSublinearSentences")
def _():
    frame = sentences()
    words = TfidfVectorizer(
        tokenizer=Splitter(),
        token_pattern=None,
        lowercase=True,
        max_features=40,
        norm=None,
        sublinear_tf=True,
        smooth_idf=False,
    )
    pipeline = PMMLPipeline([("words", words), ("model", LogisticRegression(max_iter=1000))])
    pipeline.fit(frame["sentence"], frame["data_set"])
    return pipeline, sample(frame[["sentence"]], rows=40)


@model("sklearn/BinaryPairsSentences")
def _():
    frame = sentences()
    words = CountVectorizer(
        tokenizer=Matcher(r"\w+"),
        token_pattern=None,
        binary=True,
        ngram_range=(1, 2),
        max_features=40,
        stop_words=["the", "of"],
    )
    pipeline = PMMLPipeline([("words", words), ("model", DecisionTreeClassifier(max_depth=6, random_state=1))])
    pipeline.fit(frame["sentence"], frame["data_set"])
    return pipeline, sample(frame[["sentence"]], rows=40)


# Lookups and bins


@model("sklearn/LookupsVisits")
def _():
    x, y = visits()
    x = x[["ward", "insurer", "beds"]]
    floors = {"A1": "first", "A2": "first", "B1": "second", "b2": "second"}
    factors = {("A1", "state"): 0.5, ("A2", "private"): 1.25, ("C9", "none"): -1.0}
    prepare = ColumnTransformer(
        [
            (
                "floor",
                make_pipeline(column(), LookupTransformer(floors, default_value="none"), OneHotEncoder()),
                ["ward"],
            ),
            (
                "factor",
                make_pipeline(column(), MultiLookupTransformer(factors, default_value=0.0)),
                ["ward", "insurer"],
            ),
            (
                "payer",
                make_pipeline(
                    CategoricalDomain(),
                    column(),
                    FilterLookupTransformer({"none": "self", "state": "public"}),
                    OneHotEncoder(),
                ),
                ["insurer"],
            ),
            ("beds", "passthrough", ["beds"]),
        ]
    )
    pipeline, rows = fit(x, y, prepare, LinearRegression())
    return pipeline, spoilt(rows, (3, "beds", None), (5, "ward", None), (8, "insurer", None), (9, "ward", "D1"))


@model("sklearn/CutsDiabetes")
def _():
    x, y = five_numbers()
    prepare = ColumnTransformer(
        [
            (
                "age",
                make_pipeline(
                    SimpleImputer(),
                    CutTransformer(bins=[0, 35, 50, 65, 120], labels=False, right=True),
                    OneHotEncoder(),
                ),
                ["age"],
            ),
            (
                "bmi",
                make_pipeline(
                    SimpleImputer(),
                    CutTransformer(bins=[-np.inf, 23, 27, np.inf], labels=["I", "II", "III"], right=False),
                    OneHotEncoder(),
                ),
                ["bmi"],
            ),
            (
                "pressure",
                KBinsDiscretizer(
                    n_bins=5, encode="onehot-dense", strategy="quantile", quantile_method="averaged_inverted_cdf"
                ),
                ["pressure"],
            ),
            ("hdl", Binarizer(threshold=48.0), ["hdl"]),
            ("ltg", KBinsDiscretizer(n_bins=3, encode="onehot-dense", strategy="kmeans"), ["ltg"]),
        ]
    )
    return fit(
        x,
        y,
        prepare,
        LinearRegression(),
        rows=spoilt(
            sample(x),
            (1, "age", 35),
            (2, "age", 0),
            (3, "bmi", 23),
            (4, "bmi", 27),
            (5, "hdl", 48.0),
            (6, "age", 119.5),
        ),
    )


# Encodings


@model("sklearn/OneHotDropped")
def _():
    x, y = diabetes_in_words()
    prepare = ColumnTransformer(
        [
            ("words", OneHotEncoder(drop="first"), ["weight"]),
            (
                "age",
                make_pipeline(
                    CategoricalDomain(invalid_value_treatment="as_is"), OneHotEncoder(handle_unknown="ignore")
                ),
                ["age_group"],
            ),
            ("numbers", "passthrough", NUMBERS),
        ]
    )
    pipeline, rows = fit(x, y, prepare, LinearRegression())
    return pipeline, spoilt(rows, (1, "age_group", "ancient"), (3, "age_group", "Old"))


@model("sklearn/OrdinalUnknown")
def _():
    x, y = diabetes_in_words()
    words = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    prepare = ColumnTransformer(
        [
            (
                "words",
                make_pipeline(CategoricalDomain(invalid_value_treatment="as_is"), words),
                ["weight", "age_group"],
            ),
            ("numbers", "passthrough", NUMBERS),
        ]
    )
    pipeline, rows = fit(x, y, prepare, DecisionTreeRegressor(max_depth=5, random_state=1))
    return pipeline, spoilt(rows, (1, "weight", "heavy"), (3, "age_group", "ancient"), (5, "weight", "Low"))


@model("sklearn/TargetEncoderClasses")
def _():
    x, y = diabetes_in_words()
    y = pd.Series(np.where(y > 150, "fast", "slow"), name="progress")
    prepare = ColumnTransformer(
        [
            ("words", TargetEncoder(random_state=1, cv=3), ["weight", "age_group"]),
            ("numbers", StandardScaler(), NUMBERS),
        ]
    )
    return fit(x, y, prepare, LogisticRegression(max_iter=500))


# Numbers


@model("sklearn/MissingIndicatorDiabetes")
def _():
    x, y = five_numbers(0.2)
    prepare = ColumnTransformer(
        [
            ("values", SimpleImputer(strategy="most_frequent", add_indicator=True), ["age", "bmi", "pressure"]),
            ("gaps", MissingIndicator(features="all"), ["hdl", "ltg"]),
        ]
    )
    return fit(x, y, prepare, LinearRegression(), rows=sample(x))


@model("sklearn/QuantileTransformerDiabetes")
def _():
    x, y = five_numbers()
    return fit(
        x, y, QuantileTransformer(n_quantiles=12, output_distribution="normal", random_state=1), LinearRegression()
    )


@model("sklearn/PowersDiabetes")
def _():
    x, y = five_numbers()
    prepare = ColumnTransformer(
        [
            ("power", make_pipeline(PowerTransformer(method="box-cox", standardize=False)), ["age", "bmi"]),
            ("square", PowerFunctionTransformer(2), ["pressure"]),
            (
                "robust",
                make_pipeline(
                    RobustScaler(quantile_range=(10, 90)),
                    PolynomialFeatures(degree=3, interaction_only=False, include_bias=False),
                ),
                ["hdl", "ltg"],
            ),
        ]
    )
    return fit(x, y, prepare, Ridge())


@model("sklearn/NormalizerIris")
def _():
    x, y = iris()
    return fit(x, y, Normalizer(norm="l1"), PCA(n_components=3, whiten=True, random_state=1), LogisticRegression())


@model("sklearn/TruncatedSVDIris")
def _():
    x, y = iris()
    return fit(
        x,
        y,
        TruncatedSVD(n_components=2, random_state=1),
        SelectKBest(k=1),
        DecisionTreeClassifier(max_depth=3, random_state=1),
    )


@model("sklearn/AggregatesDiabetes")
def _():
    x, y = five_numbers()
    names = ["pressure", "hdl", "ltg"]
    prepare = ColumnTransformer(
        [(kind, AggregateTransformer(kind), names) for kind in ("min", "max", "mean", "sum", "prod")]
    )
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/FunctionsDiabetes")
def _():
    x, y = five_numbers()
    functions = {"age": np.log10, "bmi": np.sqrt, "pressure": np.rint, "ltg": np.exp, "hdl": np.reciprocal}
    prepare = ColumnTransformer(
        [
            (name, make_pipeline(FunctionTransformer(function), StandardScaler()), [name])
            for name, function in functions.items()
        ]
    )
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/LagsDiabetes", compares=False)
def _():
    """Looks back at earlier rows."""
    x, y = five_numbers()
    x = x[["bmi", "ltg", "hdl"]]
    prepare = ColumnTransformer(
        [
            (
                "lag",
                make_pipeline(
                    ContinuousDomain(),
                    LagTransformer(n=1, block_indicators=[]),
                    SimpleImputer(strategy="constant", fill_value=0.0),
                ),
                ["bmi"],
            ),
            ("now", "passthrough", ["ltg", "hdl"]),
        ]
    )
    return fit(x, y, prepare, DecisionTreeRegressor(max_depth=4, random_state=1), rows=x[:40].reset_index(drop=True))


# Expressions

EXPRESSIONS = {
    "ratio": "X['bmi'] / X['ltg'] if X['ltg'] > 4.5 else X['bmi'] * 2",
    "bend": "numpy.fmax(X['hdl'] - 40, 0) + numpy.absolute(X['pressure'] - 90) ** 1.5",
    "logs": "math.log(X['age'] + 1) + numpy.log1p(X['hdl']) - math.sqrt(X['bmi'])",
    "modulo": "X['age'] % 7 + X['pressure'] // 10",
    "logic": "1 if (X['age'] >= 30 and X['age'] < 60) or X['bmi'] <= 25 else (0.5 if X['hdl'] in [38, 42, 50] else 0)",
    "waves": "numpy.sin(X['ltg']) * numpy.tanh(X['bmi'] / 20) + numpy.ceil(X['pressure'] / 7) - math.floor(X['hdl'] / 3)",
}


@model("sklearn/ExpressionsDiabetes")
def _():
    x, y = five_numbers()
    prepare = ColumnTransformer(
        [(name, Alias(ExpressionTransformer(text), name), list(x.columns)) for name, text in EXPRESSIONS.items()]
    )
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/ExpressionsMissing", compares=False)
def _():
    """Expressions with missing arguments."""
    x, y = five_numbers(0.2)
    replaced = ExpressionTransformer("X[1] * X[0]", map_missing_to=-1.0)
    chosen = ExpressionTransformer("X[4] if X[4] is not None else (X[3] if X[3] is not None else 0)")
    default = ExpressionTransformer("X[2] / 2", default_value=45.0)
    prepare = FeatureUnion([("replaced", replaced), ("chosen", chosen), ("default", default)])
    return fit(
        x,
        y,
        ContinuousDomain(),
        FunctionTransformer(),
        prepare,
        DecisionTreeRegressor(max_depth=5, random_state=1),
        rows=sample(x),
    )


@model("sklearn/ExpressionsOfTexts")
def _():
    x, y = visits()
    x = x[["ward", "remark", "bill"]]
    prepare = ColumnTransformer(
        [
            ("first", make_pipeline(column(), ExpressionTransformer("X[0][0:1].lower()"), OneHotEncoder()), ["ward"]),
            (
                "words",
                make_pipeline(column(), ExpressionTransformer("1 if X[0].strip().lower() == 'fever' else len(X[0])")),
                ["remark"],
            ),
            (
                "joined",
                make_pipeline(
                    column(), ExpressionTransformer("X[0].upper() + ':' + X[1].strip()[0:2]"), OneHotEncoder()
                ),
                ["ward", "remark"],
            ),
            ("bill", "passthrough", ["bill"]),
        ]
    )
    return fit(x, y, prepare, DecisionTreeRegressor(max_depth=5, random_state=1))


# Of pipelines


@model("sklearn/VerifiedPipeline")
def _():
    """Verification rows; a value computed from the prediction."""
    x, y = five_numbers()
    pipeline = PMMLPipeline(
        [("scale", StandardScaler()), ("model", Ridge())],
        predict_transformer=Alias(ExpressionTransformer("X[0] / 10"), "tenth", prefit=True),
    )
    pipeline.fit(x, y)
    pipeline.verify(sample(x, seed=5, rows=6), precision=1e-9, zeroThreshold=1e-9)
    return pipeline, sample(x)


@model("sklearn/ProbabilityTransformerIris")
def _():
    x, y = iris()
    pipeline = PMMLPipeline(
        [("scale", StandardScaler()), ("model", LogisticRegression())],
        predict_proba_transformer=Alias(ExpressionTransformer("X[1] / (X[1] + X[2])"), "odds", prefit=True),
    )
    pipeline.fit(x, y)
    return pipeline, sample(x)
