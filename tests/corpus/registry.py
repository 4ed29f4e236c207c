"""The models that make.py knows, by FAMILY/NAME: each a function that trains one and returns (pipeline, rows to score)."""

from data_sets import sample
from sklearn2pmml.pipeline import PMMLPipeline

MODELS = {}

# Models whose own results are expected, not those of JPMML-Evaluator, with the reasons. Those of make_nyoka.py are named
# here.
TWICE = "an output is defined in the last segment and in the ensemble, which JPMML-Evaluator refuses row by row"
TRUSTS_TRAINED = {
    "nyoka/KNeighborsIris": "JPMML-Evaluator has no probabilities of neighbors' categories",
    "nyoka/OneClassSVMIris": "JPMML-Evaluator has no AnomalyDetectionModel",
    "nyoka/LightGBMBreastCancer": TWICE,
    "nyoka/LightGBMIris": TWICE,
    "nyoka/XGBoostBreastCancer": TWICE,
    "nyoka/XGBoostIris": TWICE,
}

# Models that are not compared with JPMML-Evaluator: some have results in outputs besides those of `predict`; the
# following documents of nyoka differ from the trained model.
NOT_COMPARED = {
    "nyoka/CountVectorizerSentences",
    "nyoka/GaussianNBIris",  # The document has a threshold of 0.001.
    "nyoka/LinearDiscriminantIris",
    "nyoka/LinearSVCIris",  # Decisions as probabilities that are not normalized: the last one is the rest to 1.
    "nyoka/TfidfSentences",
}


def model(name, trusts_trained=None, compares=True):
    def register(function):
        if not compares:
            NOT_COMPARED.add(name)
        MODELS[name] = function
        if trusts_trained:
            TRUSTS_TRAINED[name] = trusts_trained
        return function

    return register


def fit(x, y, *steps, rows=None):
    pipeline = PMMLPipeline([(f"step{i}", step) for i, step in enumerate(steps[:-1])] + [("model", steps[-1])])
    pipeline.fit(x, y)
    return pipeline, sample(x) if rows is None else rows
