"""XGBoost by sklearn2pmml (JPMML-XGBoost, AGPL; run with Java 17): pipelines of scikit-learn, and a plain booster.

pip install -r requirements-sklearn.txt; python xgboost_models.py
"""

import xgboost
from recipe import CATEGORIES, INPUTS, NUMBERS, document, finish, people, same, versions
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.decoration import CategoricalDomain
from sklearn2pmml.pipeline import PMMLPipeline

train, test = people(seed=1), people(seed=2, unseen=True)
versions("xgboost", "scikit-learn", "sklearn2pmml")
# XGBoost computes in single precision, and adds the trees to its base score in another order than the document.
SINGLE = 1e-5


def columns():
    """Leaves numbers unchanged, NaN if missing. A missing category must get a name before it is encoded: otherwise
    OneHotEncoder encodes it as zeros, which are numbers for XGBoost, but in the document it stays missing."""
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"), OneHotEncoder(handle_unknown="ignore")
    )
    return ColumnTransformer([("numbers", "passthrough", NUMBERS), ("categories", categories, CATEGORIES)])


# XGBoost needs the labels 0, 1, …, which are also the labels of the document.
for name, target in [("two labels", "buys"), ("three labels", "region")]:
    labels = LabelEncoder().fit(train[target])
    pipeline = PMMLPipeline([("columns", columns()), ("model", xgboost.XGBClassifier(n_estimators=50, max_depth=4))])
    pipeline.fit(train[INPUTS], labels.transform(train[target]))
    pipeline.target_fields = [target]  # An array has no name.
    sklearn2pmml(pipeline, document(name))
    expected = pipeline.predict_proba(test[INPUTS])
    same(
        name,
        document(name),
        test[INPUTS],
        {target: pipeline.predict(test[INPUTS])},
        {f"probability({label})": expected[:, label] for label in range(len(labels.classes_))},
        SINGLE,
    )

for name, options in [
    ("squared error", {}),
    ("poisson", {"objective": "count:poisson"}),
    ("gamma, dart", {"objective": "reg:gamma", "booster": "dart"}),
]:
    pipeline = PMMLPipeline(
        [("columns", columns()), ("model", xgboost.XGBRegressor(n_estimators=50, max_depth=4, **options))]
    )
    pipeline.fit(train[INPUTS], train["spends"].clip(lower=0.1))
    sklearn2pmml(pipeline, document(name))
    same(name, document(name), test[INPUTS], numbers={"spends": pipeline.predict(test[INPUTS])}, tolerance=SINGLE)

# XGBoost's native categories. CategoricalDomain writes their names into the document, which otherwise has only numbers.
# Both engines reject a category that is not in the training data.
name = "categories of its own"
pipeline = PMMLPipeline(
    [
        (
            "columns",
            ColumnTransformer(
                [
                    ("numbers", "passthrough", NUMBERS),
                    *[(column, CategoricalDomain(dtype="category"), [column]) for column in CATEGORIES],
                ],
                verbose_feature_names_out=False,
            ).set_output(transform="pandas"),
        ),
        ("model", xgboost.XGBRegressor(n_estimators=50, max_depth=4, enable_categorical=True, tree_method="hist")),
    ]
)
pipeline.fit(train[INPUTS], train["spends"])
sklearn2pmml(pipeline, document(name))
seen = test[test["city"] != "Oslo"]
same(name, document(name), seen[INPUTS], numbers={"spends": pipeline.predict(seen[INPUTS])}, tolerance=SINGLE)

# A booster has no name for its target.
name = "plain booster"
booster = xgboost.train(
    {"objective": "binary:logistic", "max_depth": 4},
    xgboost.DMatrix(train[NUMBERS], (train["buys"] == "yes").astype(int)),
    50,
)
sklearn2pmml(booster, document(name))
expected = booster.predict(xgboost.DMatrix(test[NUMBERS]))
same(
    name, document(name), test[NUMBERS], {"_target": (expected > 0.5).astype(int)}, {"probability(1)": expected}, SINGLE
)

finish()
