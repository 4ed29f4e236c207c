"""nyoka (Apache licence, no Java): pipelines of scikit-learn, XGBoost and LightGBM. Its last release is from 2023.

pip install -r requirements-nyoka.txt; python nyoka_models.py
"""

import lightgbm
import nyoka
import xgboost
from recipe import NUMBERS, document, finish, people, same, versions
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

# nyoka's documents do not support missing values, and its lists of columns must be numeric.
train, test = people(seed=1).dropna(), people(seed=2).dropna()
# It rounds the thresholds of trees to single precision, but not the values: a value that is a threshold may take either
# branch. With a third decimal digit no value is a threshold.
test[NUMBERS] += 0.003
x, y = train[NUMBERS].values, test[NUMBERS].values
versions("nyoka", "scikit-learn", "xgboost", "lightgbm")


def classify(name, model, target, export=nyoka.skl_to_pmml, probability="probability_{}", tolerance=1e-12):
    name = f"{name} of {target}"
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    pipeline.fit(x, train[target])
    export(pipeline, NUMBERS, target, document(name))
    numbers = {}
    if probability:
        expected = pipeline.predict_proba(y)
        numbers = {probability.format(label): expected[:, at] for at, label in enumerate(model.classes_)}
    same(name, document(name), test[NUMBERS], {f"predicted_{target}": pipeline.predict(y)}, numbers, tolerance)


def regress(name, model, export=nyoka.skl_to_pmml, tolerance=1e-12):
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    pipeline.fit(x, train["spends"])
    export(pipeline, NUMBERS, "spends", document(name))
    same(name, document(name), test[NUMBERS], numbers={"predicted_spends": pipeline.predict(y)}, tolerance=tolerance)


classify("logistic regression", LogisticRegression(), "buys")
# For three labels nyoka writes one regression per label, one against the rest: the labels are right, the probabilities not.
classify("logistic regression", LogisticRegression(), "region", probability=None)
for target in ["buys", "region"]:
    classify("decision tree", DecisionTreeClassifier(max_depth=5, random_state=1), target)
    classify("random forest", RandomForestClassifier(20, max_depth=5, random_state=1), target)
    classify("gradient boosting", GradientBoostingClassifier(n_estimators=20, random_state=1), target)
    classify("neural network", MLPClassifier(hidden_layer_sizes=[5], max_iter=3000, random_state=1), target)
    classify("support vector machine", SVC(), target, probability=None)
    classify(
        "LightGBM", lightgbm.LGBMClassifier(n_estimators=20, verbose=-1), target, nyoka.lgb_to_pmml, tolerance=1e-7
    )
regress("linear regression", LinearRegression())
regress("LightGBM", lightgbm.LGBMRegressor(n_estimators=20, verbose=-1), nyoka.lgb_to_pmml)
# The base score must be 0.5: nyoka always writes this, but XGBoost estimates another one from the data.
regress("XGBoost", xgboost.XGBRegressor(n_estimators=20, base_score=0.5), nyoka.xgboost_to_pmml, tolerance=1e-5)
train["likes"] = (train["buys"] == "yes").astype(int)
train["kind"] = train["region"].map({"north": 0, "middle": 1, "south": 2})
for target in ["likes", "kind"]:
    classify(
        "XGBoost",
        xgboost.XGBClassifier(n_estimators=20, base_score=0.5),
        target,
        nyoka.xgboost_to_pmml,
        probability=target + "_probability_{}",
        tolerance=1e-6,
    )

finish()
