"""Trains the models of compare.py and writes them, as their libraries save them and as PMML, with 100,000 rows to score.

    python3 benches/make_models.py FOLDER

Needs numpy, pandas, scikit-learn, lightgbm, xgboost and sklearn2pmml from PyPI and a Java runtime, which sklearn2pmml runs.
Everything is seeded.
"""

import pathlib
import sys

import numpy
import pandas
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline
from xgboost import XGBClassifier

FEATURES = [f"x{number}" for number in range(1, 29)]


def rows(seed, count):
    random = numpy.random.default_rng(seed)
    table = random.normal(size=(count, len(FEATURES)))
    table[:, 20:] = numpy.abs(table[:, 20:]) ** 1.5
    # Values are rounded to float32, so that evaluators in single precision see the same ones.
    return pandas.DataFrame(table.astype(numpy.float32).astype(numpy.float64), columns=FEATURES)


def target(table, seed):
    random = numpy.random.default_rng(seed)
    x = table.to_numpy()
    signal = x[:, 0] * x[:, 1] + numpy.sin(2 * x[:, 2]) + x[:, 3] ** 2 - numpy.abs(x[:, 4]) + 0.5 * x[:, 20] * x[:, 5]
    return signal + random.normal(size=len(table))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    table = rows(1, 200_000)
    value = target(table, 3)
    label = (value > numpy.median(value)).astype(int)
    shape = {"learning_rate": 0.1, "min_child_samples": 20, "verbose": -1, "seed": 7}
    models = {
        "lgbm100x31": (LGBMRegressor(n_estimators=100, num_leaves=31, **shape), value),
        "lgbm500x63": (LGBMClassifier(n_estimators=500, num_leaves=63, **shape), label),
        "xgb1000d6": (XGBClassifier(n_estimators=1000, max_depth=6, learning_rate=0.1, random_state=7), label),
        "lgbm1000x255": (LGBMRegressor(n_estimators=1000, num_leaves=255, **shape), value),
    }
    for name, (estimator, wanted) in models.items():
        pipeline = PMMLPipeline([("model", estimator)])
        pipeline.fit(table, wanted)
        if name.startswith("lgbm"):
            estimator.booster_.save_model(str(folder / f"{name}.txt"))
        else:
            estimator.get_booster().save_model(str(folder / f"{name}.json"))
        sklearn2pmml(pipeline, str(folder / f"{name}.pmml"))
    rows(2, 100_000).to_csv(folder / "input.csv", index=False)


if __name__ == "__main__":
    main()
