"""statsmodels by sklearn2pmml (JPMML-StatsModels, AGPL; run with Java 17), in pipelines of scikit-learn.

pip install -r requirements-sklearn.txt; python statsmodels_models.py
"""

from recipe import NUMBERS, document, finish, people, same, versions
from sklearn.impute import SimpleImputer
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.statsmodels import StatsModelsClassifier, StatsModelsRegressor
from statsmodels.api import GLM, OLS, Logit, MNLogit, families

train, test = people(seed=1), people(seed=2)
versions("statsmodels", "scikit-learn", "sklearn2pmml")


def fit(name, model, target):
    """Exports a pipeline. Returns the pipeline and the columns that it reads."""
    inputs = [column for column in NUMBERS if column != target]
    pipeline = PMMLPipeline([("columns", SimpleImputer(strategy="median")), ("model", model)])
    pipeline.fit(train[inputs], train[target])
    sklearn2pmml(pipeline, document(name))
    return pipeline, inputs


for name, model, target in [
    ("OLS", StatsModelsRegressor(OLS), "spends"),
    ("GLM, poisson", StatsModelsRegressor(GLM, family=families.Poisson()), "visits"),
]:
    pipeline, inputs = fit(name, model, target)
    same(name, document(name), test[inputs], numbers={target: pipeline.predict(test[inputs])})

for name, model, target in [
    ("Logit", StatsModelsClassifier(Logit), "buys"),
    ("MNLogit", StatsModelsClassifier(MNLogit), "region"),
]:
    pipeline, inputs = fit(name, model, target)
    expected = pipeline.predict_proba(test[inputs])
    same(
        name,
        document(name),
        test[inputs],
        {target: pipeline.predict(test[inputs])},
        {f"probability({label})": expected[:, at] for at, label in enumerate(model.classes_)},
    )

finish()
