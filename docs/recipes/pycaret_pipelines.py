"""PyCaret by sklearn2pmml (AGPL; run with Java 17): its own preparation of columns, then a model.

pip install -r requirements-pycaret.txt; python pycaret_pipelines.py
"""

import numpy
from pycaret.classification import ClassificationExperiment
from recipe import INPUTS, document, finish, people, same, versions
from sklearn2pmml import make_pmml_pipeline, sklearn2pmml
from sklearn2pmml.pycaret import _escape

train, test = people(seed=1), people(seed=2)
# Its imputer does not treat None as a missing value.
test["city"] = test["city"].fillna(numpy.nan)
versions("pycaret", "scikit-learn", "pandas", "sklearn2pmml")

for name in ["lr", "rf", "gbc"]:
    experiment = ClassificationExperiment()
    experiment.setup(
        train[[*INPUTS, "region"]], target="region", session_id=1, normalize=True, verbose=False, html=False, n_jobs=1
    )
    model = experiment.finalize_model(experiment.create_model(name, cross_validation=False, verbose=False))
    # Not experiment.predict_model, which converts the columns to single precision, so that trees may take other branches.
    predicted, expected = model.predict(test[INPUTS]), model.predict_proba(test[INPUTS])
    labels = experiment.get_config("y").astype("category").cat.categories
    # PyCaret wraps each step. _escape removes the wrappers in place: the pipeline cannot predict after that.
    sklearn2pmml(make_pmml_pipeline(model, INPUTS, ["region"]), document(name), escape_func=_escape)
    same(
        name,
        document(name),
        test[INPUTS],
        {"region": predicted},
        {f"probability({label})": expected[:, at] for at, label in enumerate(labels)},
    )

finish()
