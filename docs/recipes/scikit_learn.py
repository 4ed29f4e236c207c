"""scikit-learn by sklearn2pmml (JPMML-SkLearn, AGPL; run with Java 17).

pip install -r requirements-sklearn.txt; python scikit_learn.py
"""

from recipe import CATEGORIES, INPUTS, NUMBERS, document, finish, people, same, versions
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline

train, test = people(seed=1), people(seed=2, unseen=True)
versions("scikit-learn", "sklearn2pmml")


def columns():
    """Prepares the columns: missing numbers become medians, and each category (also a missing one) becomes a column."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"), OneHotEncoder(handle_unknown="ignore")
    )
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("categories", categories, CATEGORIES)])


def classify(name, model, target, tolerance=1e-12, probabilities=True):
    # PMMLPipeline, not Pipeline, because it stores the names of the columns and of the target.
    pipeline = PMMLPipeline([("columns", columns()), ("model", model)])
    pipeline.fit(train[INPUTS], train[target])
    # The document gets these rows and their results, for `pmmlc verify`.
    pipeline.verify(train[INPUTS].head(20), precision=1e-10)
    path = document(name)
    sklearn2pmml(pipeline, path)
    numbers = {}
    if probabilities:
        expected = pipeline.predict_proba(test[INPUTS])
        numbers = {f"probability({label})": expected[:, at] for at, label in enumerate(model.classes_)}
    same(name, path, test[INPUTS], {target: pipeline.predict(test[INPUTS])}, numbers, tolerance)


def regress(name, model, tolerance=1e-12):
    pipeline = PMMLPipeline([("columns", columns()), ("model", model)])
    pipeline.fit(train[INPUTS], train["spends"])
    pipeline.verify(train[INPUTS].head(20), precision=1e-10)
    path = document(name)
    sklearn2pmml(pipeline, path)
    same(name, path, test[INPUTS], numbers={"spends": pipeline.predict(test[INPUTS])}, tolerance=tolerance)


classify("logistic regression", LogisticRegression(max_iter=1000), "buys")
classify("logistic regression of three labels", LogisticRegression(max_iter=1000), "region")
classify("decision tree", DecisionTreeClassifier(max_depth=6, random_state=1), "region")
classify("random forest", RandomForestClassifier(50, random_state=1), "region")
classify("support vector machine", SVC(), "region", probabilities=False)
regress("linear regression", LinearRegression())
regress("gradient boosting", GradientBoostingRegressor(random_state=1))
regress("neural network", MLPRegressor(hidden_layer_sizes=[8], max_iter=5000, random_state=1))

# Histogram-based boosting handles missing numbers itself.
name = "boosting of histograms, with missing numbers"
pipeline = PMMLPipeline([("model", HistGradientBoostingClassifier(max_iter=30, random_state=1))])
pipeline.fit(train[NUMBERS], train["buys"])
sklearn2pmml(pipeline, document(name))
same(
    name,
    document(name),
    test[NUMBERS],
    {"buys": pipeline.predict(test[NUMBERS])},
    {"probability(yes)": pipeline.predict_proba(test[NUMBERS])[:, 1]},
)

name = "k-means"
pipeline = PMMLPipeline([("columns", columns()), ("model", KMeans(4, n_init=5, random_state=1))])
pipeline.fit(train[INPUTS])
sklearn2pmml(pipeline, document(name))
same(name, document(name), test[INPUTS], {"cluster": pipeline.predict(test[INPUTS])})

finish()
