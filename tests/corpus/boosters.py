"""XGBoost and LightGBM: their objectives, boosters and treatments of categories and missing values."""

import numpy as np
import pandas as pd
from data_sets import breast_cancer, diabetes, diabetes_in_words, iris, sample, with_missing
from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
from registry import fit, model
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain
from xgboost import XGBClassifier, XGBRegressor, XGBRFRegressor

NUMBERS = ["pressure", "hdl", "ltg", "glucose"]


def five_numbers(share=None):
    x, y = diabetes()
    x = x[["age", "bmi", "pressure", "hdl", "ltg"]]
    return (x if share is None else with_missing(x, share=share).astype(float)), y


def xgboost_regression(objective, target=lambda y: y, share=0.1, **options):
    x, y = five_numbers(share)
    booster = XGBRegressor(objective=objective, n_estimators=8, max_depth=3, random_state=1, **options)
    return fit(x, target(y), booster, rows=sample(x))


@model("xgboost/XGBoostLogisticRegression")
def _():
    return xgboost_regression("reg:logistic", lambda y: y / 400)


@model("xgboost/XGBoostPoisson")
def _():
    return xgboost_regression("count:poisson", base_score=150.0)


@model("xgboost/XGBoostAbsoluteError")
def _():
    return xgboost_regression("reg:absoluteerror")


@model("xgboost/XGBoostDart")
def _():
    return xgboost_regression("reg:squarederror", booster="dart", rate_drop=0.4, skip_drop=0.1)


@model("xgboost/XGBoostForest")
def _():
    x, y = five_numbers(0.1)
    return fit(x, y, XGBRFRegressor(n_estimators=6, max_depth=4, random_state=1), rows=sample(x))


@model("xgboost/XGBoostHinge")
def _():
    x, y = breast_cancer()
    y = (y == "malignant").astype(int)
    return fit(x, y, XGBClassifier(objective="binary:hinge", n_estimators=8, max_depth=3, random_state=1))


@model("xgboost/XGBoostMissingNumber")
def _():
    """A number as the marker of missing values."""
    x, y = five_numbers(0.1)
    x = x.fillna(-999.0)
    domain = ContinuousDomain(missing_values=-999.0, with_data=False)
    return fit(x, y, domain, XGBRegressor(n_estimators=8, max_depth=3, missing=-999.0, random_state=1), rows=sample(x))


@model("xgboost/XGBoostDomain")
def _():
    """Categories as ones and zeros; invalid values are missing ones."""
    x, y = diabetes_in_words()
    prepare = ColumnTransformer(
        [
            (
                "words",
                make_pipeline(CategoricalDomain(invalid_value_treatment="as_missing"), OneHotEncoder()),
                ["weight", "age_group"],
            ),
            (
                "numbers",
                ContinuousDomain(
                    invalid_value_treatment="as_missing",
                    outlier_treatment="as_extreme_values",
                    low_value=3.0,
                    high_value=110.0,
                ),
                NUMBERS,
            ),
        ]
    )
    pipeline, rows = fit(x, y, prepare, XGBRegressor(n_estimators=8, max_depth=3, random_state=1))
    rows = rows.astype(object)
    for row, column, value in [(2, 0, "heavy"), (4, 1, None), (6, 2, 1e6), (8, 3, None), (10, 4, "x"), (12, 0, None)]:
        rows.iat[row, column] = value
    return pipeline, rows


def lightgbm_regression(objective, target=lambda y: y, share=0.1, **options):
    x, y = five_numbers(share)
    options = {"n_estimators": 8, "num_leaves": 7, **options}
    return fit(x, target(y), LGBMRegressor(objective=objective, verbose=-1, random_state=1, **options), rows=sample(x))


@model("lightgbm/LightGBMPoisson")
def _():
    return lightgbm_regression("poisson")


@model("lightgbm/LightGBMGamma")
def _():
    return lightgbm_regression("gamma")


@model("lightgbm/LightGBMTweedie")
def _():
    return lightgbm_regression("tweedie", tweedie_variance_power=1.3)


@model("lightgbm/LightGBMQuantile")
def _():
    return lightgbm_regression("quantile", alpha=0.9)


@model("lightgbm/LightGBMHuber")
def _():
    return lightgbm_regression("huber", alpha=0.7)


@model("lightgbm/LightGBMFair")
def _():
    return lightgbm_regression("fair")


@model("lightgbm/LightGBMDart")
def _():
    return lightgbm_regression("regression", boosting_type="dart", drop_rate=0.5, drop_seed=3)


@model("lightgbm/LightGBMZeroAsMissing")
def _():
    x, y = five_numbers(0.1)
    x["bmi"] = x["bmi"].where(x["bmi"] > 24, 0.0)
    return fit(
        x,
        y,
        LGBMRegressor(zero_as_missing=True, n_estimators=8, num_leaves=7, verbose=-1, random_state=1),
        rows=sample(x),
    )


@model("lightgbm/LightGBMNoMissing")
def _():
    x, y = five_numbers(0.1)
    return fit(
        x, y, LGBMRegressor(use_missing=False, n_estimators=8, num_leaves=7, verbose=-1, random_state=1), rows=sample(x)
    )


@model("lightgbm/LightGBMForestIris")
def _():
    x, y = iris()
    return fit(
        x,
        y,
        LGBMClassifier(
            boosting_type="rf",
            bagging_freq=1,
            bagging_fraction=0.6,
            n_estimators=4,
            num_leaves=5,
            verbose=-1,
            random_state=1,
        ),
    )


@model("lightgbm/LightGBMCategoriesDiabetes")
def _():
    """Categories that are numbers, some of them missing; unknown ones."""
    x, y = diabetes_in_words()
    x["decade"] = (diabetes()[0]["age"] // 10).astype(int)
    x = x[["decade", "weight", "pressure", "ltg"]]
    y = pd.Series(np.where(y > 150, "fast", "slow"), name="progress")
    words = CategoricalDomain(invalid_value_treatment="as_is")
    prepare = ColumnTransformer(
        [
            (
                "decade",
                make_pipeline(CategoricalDomain(invalid_value_treatment="as_missing"), OrdinalEncoder()),
                ["decade"],
            ),
            (
                "weight",
                make_pipeline(words, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
                ["weight"],
            ),
            ("numbers", "passthrough", ["pressure", "ltg"]),
        ]
    )
    pipeline, rows = fit(
        x, y, prepare, LGBMClassifier(n_estimators=8, num_leaves=7, min_child_samples=5, verbose=-1, random_state=1)
    )
    rows = rows.astype(object)
    for row, column, value in [(2, 0, 12), (4, 1, "heavy"), (6, 2, None), (8, 0, None), (10, 1, None), (12, 3, None)]:
        rows.iat[row, column] = value
    return pipeline, rows


@model("lightgbm/LightGBMRanker")
def _():
    x, y = five_numbers(0.1)
    y = pd.cut(y, [0, 90, 150, 220, 400], labels=[0, 1, 2, 3]).astype(int)
    pipeline, rows = fit_ranker(x, y)
    return pipeline, rows


def fit_ranker(x, y):
    from sklearn2pmml.pipeline import PMMLPipeline

    pipeline = PMMLPipeline([("model", LGBMRanker(n_estimators=8, num_leaves=7, verbose=-1, random_state=1))])
    pipeline.fit(x, y, model__group=[42, 100, 100, 100, 100])
    return pipeline, sample(x)
