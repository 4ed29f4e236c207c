#!/usr/bin/env python3
"""Makes models with small exporters: scorecard, and ann2pmml for networks of Keras.

    make_others.py

Writes others/NAME/model.pmml and input.csv; `make.py others/NAME ...` then runs JPMML-Evaluator. The networks are not
trained: their weights are random numbers, and Keras is replaced by classes with the methods that the exporters call.
"""

import pathlib
import re
import sys
import types

import numpy as np
from data_sets import breast_cancer, iris, sample, with_missing

HERE = pathlib.Path(__file__).resolve().parent / "others"
RANDOM = np.random.default_rng(3)


class Sequential:
    """A network as Keras describes it: layers of weights, and the names of their activations."""

    built = True

    def __init__(self, sizes, activations):
        self.activations = activations
        self.input_shape, self.output_shape = (None, sizes[0]), (None, sizes[-1])
        self.weights = [
            part
            for inputs, outputs in zip(sizes, sizes[1:])
            for part in (RANDOM.normal(0, 1, (inputs, outputs)), RANDOM.normal(0, 0.5, outputs))
        ]
        self.layers = [types.SimpleNamespace(get_config=lambda name=name: {"activation": name}) for name in activations]

    def get_weights(self):
        return self.weights

    def get_config(self):
        return {"layers": [{"config": {"activation": name}} for name in self.activations]}


def stand_in_for_keras():
    """Makes modules with the names that the exporters import."""
    names = [
        "keras",
        "keras.models",
        "keras.engine",
        "keras.engine.training",
        "tensorflow",
        "tensorflow.keras",
        "tensorflow.keras.models",
    ]
    for name in names:
        module = sys.modules[name] = types.ModuleType(name)
        module.Sequential = module.Model = Sequential
        if "." in name:
            parent, last = name.rsplit(".", 1)
            setattr(sys.modules[parent], last, module)


def write(name, rows, document=None):
    folder = HERE / name
    path = folder / "model.pmml"
    text = path.read_text(encoding="utf-8") if document is None else document
    path.write_text(re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", text), encoding="utf-8")
    rows.to_csv(folder / "input.csv", index=False)


def networks():
    stand_in_for_keras()
    from ann2pmml import ann2pmml
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    x, y = iris()
    rows = with_missing(sample(x, rows=30), share=0.03)
    for name, scaler, sizes, activations in [
        ("SoftmaxNetworkIris", StandardScaler(), [4, 5, 3], ["tanh", "softmax"]),
        ("SigmoidNetworkIris", MinMaxScaler(), [4, 4, 3, 3], ["relu", "sigmoid", "sigmoid"]),
        ("LinearNetworkIris", None, [4, 3], ["linear"]),
    ]:
        path = HERE / name / "model.pmml"
        path.parent.mkdir(parents=True, exist_ok=True)
        network = Sequential(sizes, activations)
        ann2pmml(
            network,
            scaler and scaler.fit(x.to_numpy()),
            file=str(path),
            feature_names=list(x.columns),
            target_name="species",
            target_values=sorted(set(y)),
            description="random weights",
        )
        write(name, rows)


def scorecards():
    from scorecard import pmml_scorecard

    x, _ = breast_cancer()
    x = x[["mean_radius", "mean_texture", "mean_area"]]

    def points(code, score, predicate):
        return {"reasonCode": code, "partialScore": score, "predicate": predicate}

    spec = {
        "model_name": "cells",
        "data_fields": [{"name": name, "dataType": "double", "optype": "continuous"} for name in x.columns],
        "characteristics": [
            {
                "name": "mean_radius",
                "attributes": [points("R0", 3, None), points("R1", 1, "< 12"), points("R2", 4.5, ">= 12")],
            },
            {
                "name": "mean_texture",
                "attributes": [points("T0", 2, None), points("T1", 0, "<= $cut"), points("T2", 5, "> $cut")],
            },
            {
                "name": "mean_area",
                "attributes": [points("A0", 2.25, None), points("A1", 1, "< 400"), points("A2", 7, ">= 400")],
            },
        ],
    }
    (HERE / "ScorecardBreastCancer").mkdir(parents=True, exist_ok=True)
    document = pmml_scorecard(spec, {"cut": "18.5"}).decode("ascii")
    write("ScorecardBreastCancer", with_missing(sample(x, rows=40), share=0.1), document)


if __name__ == "__main__":
    networks()
    scorecards()
