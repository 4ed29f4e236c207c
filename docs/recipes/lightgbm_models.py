"""LightGBM by sklearn2pmml (JPMML-LightGBM, AGPL; run with Java 17): pipelines of scikit-learn, and plain boosters.

pip install -r requirements-sklearn.txt; python lightgbm_models.py
"""

import lightgbm
from recipe import CATEGORIES, INPUTS, NUMBERS, document, finish, people, same, versions
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline

train, test = people(seed=1), people(seed=2, unseen=True)
versions("lightgbm", "scikit-learn", "sklearn2pmml")

# In a pipeline of scikit-learn: numbers are unchanged, NaN if missing; each category becomes a column.
for name, target in [("two labels", "buys"), ("three labels", "region")]:
    columns = ColumnTransformer(
        [("numbers", "passthrough", NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]
    )
    model = lightgbm.LGBMClassifier(n_estimators=50, num_leaves=15, verbose=-1)
    pipeline = PMMLPipeline([("columns", columns), ("model", model)])
    pipeline.fit(train[INPUTS], train[target])
    sklearn2pmml(pipeline, document(name))
    expected = pipeline.predict_proba(test[INPUTS])
    same(
        name,
        document(name),
        test[INPUTS],
        {target: pipeline.predict(test[INPUTS])},
        {f"probability({label})": expected[:, at] for at, label in enumerate(model.classes_)},
    )


def typed(table):
    """Converts columns to LightGBM's native categories, those of the training data. Others are missing, as in the document."""
    table = table[INPUTS].copy()
    for column in CATEGORIES:
        known = train[column].astype("category").dtype
        table[column] = table[column].where(table[column].isin(known.categories)).astype(known)
    return table


# Plain boosters with native categories, whose names are in the document. The target has no name.
for objective, target in [
    ("binary", (train["buys"] == "yes").astype(int)),
    ("regression", train["spends"]),
    ("poisson", train["visits"]),
]:
    name = f"plain booster, {objective}"
    inputs = [column for column in INPUTS if column != target.name]
    options = {"objective": objective, "num_leaves": 15, "min_data_per_group": 5, "verbose": -1}
    booster = lightgbm.train(options, lightgbm.Dataset(typed(train)[inputs], target), 50)
    sklearn2pmml(booster, document(name))
    expected = booster.predict(typed(test)[inputs])
    if objective == "binary":
        same(
            name, document(name), test[inputs], {"_target": (expected > 0.5).astype(int)}, {"probability(1)": expected}
        )
    else:
        same(name, document(name), test[inputs], numbers={"_target": expected})

finish()
