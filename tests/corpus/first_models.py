"""The first models: one of each kind that is exported most often."""

from data_sets import (
    breast_cancer,
    diabetes,
    diabetes_in_words,
    digits,
    iris,
    sample,
    sentences,
    spoil,
    wine,
    with_missing,
)
from lightgbm import LGBMClassifier, LGBMRegressor
from registry import fit, model
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
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
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain, OrdinalDomain
from sklearn2pmml.feature_extraction.text import Splitter
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.preprocessing import PMMLLabelEncoder
from xgboost import XGBClassifier, XGBRegressor


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
    prepare = ColumnTransformer(
        [
            *(
                (name, make_pipeline(OrdinalDomain(data_values=[words]), OrdinalEncoder(categories=[words])), [name])
                for name, words in scales.items()
            ),
            ("numbers", "passthrough", ["pressure", "hdl", "ltg", "glucose"]),
        ]
    )
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
    prepare = ColumnTransformer(
        [
            ("words", OneHotEncoder(), ["weight", "age_group"]),
            ("numbers", StandardScaler(), ["pressure", "hdl", "ltg", "glucose"]),
        ]
    )
    return fit(x, y, prepare, LinearRegression())


@model("sklearn/LogisticRegressionBreastCancer")
def _():
    return fit(*breast_cancer(), StandardScaler(), LogisticRegression(max_iter=1000))


@model("sklearn/LogisticRegressionIris")
def _():
    return fit(*iris(), StandardScaler(), LogisticRegression(max_iter=1000))


@model("sklearn/ImputationDiabetes")
def _():
    """Missing values: imputed, then scaled or binned; a separate category for strings."""
    x, y = diabetes_in_words()
    gaps = with_missing(x)
    numbers = ["hdl", "ltg", "glucose"]
    gaps[numbers + ["pressure"]] = gaps[numbers + ["pressure"]].astype(float)
    prepare = ColumnTransformer(
        [
            (
                "words",
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="unknown", missing_values=None), OneHotEncoder()
                ),
                ["weight", "age_group"],
            ),
            (
                "bins",
                make_pipeline(
                    SimpleImputer(strategy="median"),
                    KBinsDiscretizer(n_bins=4, encode="onehot-dense", strategy="uniform"),
                ),
                ["pressure"],
            ),
            ("numbers", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), numbers),
        ]
    )
    return fit(gaps, y, prepare, LinearRegression(), rows=sample(gaps))


@model("sklearn/ReturnInvalidDiabetes")
def _():
    """Invalid values: outside the range, an unknown string, not a number; such rows fail."""
    x, y = diabetes_in_words()
    pipeline, rows = fit(
        x,
        y,
        ColumnTransformer(
            [
                ("words", make_pipeline(CategoricalDomain(), OneHotEncoder()), ["weight", "age_group"]),
                ("numbers", ContinuousDomain(), ["pressure", "hdl", "ltg", "glucose"]),
            ]
        ),
        LinearRegression(),
    )
    return pipeline, spoil(rows)


@model("sklearn/AsMissingDiabetes")
def _():
    """Invalid values are treated as missing, missing values are replaced, outliers are clipped."""
    x, y = diabetes_in_words()
    numbers = ContinuousDomain(
        missing_value_replacement=100.0,
        invalid_value_treatment="as_missing",
        outlier_treatment="as_extreme_values",
        low_value=20.0,
        high_value=110.0,
    )
    prepare = ColumnTransformer(
        [
            (
                "words",
                make_pipeline(
                    CategoricalDomain(missing_value_replacement="normal", invalid_value_treatment="as_missing"),
                    OneHotEncoder(),
                ),
                ["weight"],
            ),
            ("numbers", numbers, ["pressure", "hdl", "glucose"]),
        ]
    )
    pipeline, rows = fit(x[["weight", "pressure", "hdl", "glucose"]], y, prepare, LinearRegression())
    return pipeline, spoil(rows)


@model("sklearn/VotingWine")
def _():
    members = [
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=1)),
        ("line", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
        ("bayes", GaussianNB()),
    ]
    return fit(*wine(), VotingClassifier(members, voting="soft", weights=[1, 2, 1]))


@model("sklearn/MajorityVotingIris")
def _():
    members = [(f"tree{depth}", DecisionTreeClassifier(max_depth=depth, random_state=depth)) for depth in (1, 2, 3)]
    return fit(*iris(), VotingClassifier(members, voting="hard"))


@model("sklearn/StackingBreastCancer")
def _():
    members = [
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=1)),
        ("line", LogisticRegression(max_iter=1000)),
    ]
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
    prepare = ColumnTransformer(
        [
            ("weight", PMMLLabelEncoder(missing_values=-1), ["weight"]),
            ("age_group", PMMLLabelEncoder(missing_values=-1), ["age_group"]),
            ("numbers", "passthrough", numbers),
        ]
    )
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
