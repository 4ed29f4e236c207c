"""Models and encoders of statsmodels and category_encoders, which sklearn2pmml also converts."""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from category_encoders import CatBoostEncoder, CountEncoder, LeaveOneOutEncoder, WOEEncoder
from data_sets import diabetes, diabetes_in_words, iris, sample
from registry import fit, model
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import OneHotEncoder
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.statsmodels import StatsModelsClassifier, StatsModelsOrdinalClassifier, StatsModelsRegressor
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.quantile_regression import QuantReg

NUMBERS = ["pressure", "hdl", "ltg", "glucose"]


def words_and_numbers(encoder):
    return ColumnTransformer([("words", encoder, ["weight", "age_group"]), ("numbers", "passthrough", NUMBERS)])


def dummies():
    return OneHotEncoder(drop="first", sparse_output=False)


@model("statsmodels/OLSDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x, y, words_and_numbers(dummies()), StatsModelsRegressor(sm.OLS))


@model("statsmodels/QuantRegDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x[NUMBERS], y, StatsModelsRegressor(QuantReg))


@model("statsmodels/GLMPoissonDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x, y, words_and_numbers(dummies()), StatsModelsRegressor(sm.GLM, family=sm.families.Poisson()))


@model("statsmodels/LogitDiabetes")
def _():
    x, y = diabetes_in_words()
    y = pd.Series(np.where(y > 150, "fast", "slow"), name="progress")
    return fit(x, y, words_and_numbers(dummies()), StatsModelsClassifier(sm.Logit))


@model("statsmodels/MNLogitIris")
def _():
    x, y = iris()
    pipeline = PMMLPipeline([("model", StatsModelsClassifier(sm.MNLogit))])
    pipeline.fit(x[["sepal_length", "sepal_width"]], y, model__method="bfgs", model__maxiter=300)
    return pipeline, sample(x[["sepal_length", "sepal_width"]])


@model("statsmodels/OrderedProbitDiabetes")
def _():
    x, y = diabetes()
    grades = pd.cut(y, [0, 90, 180, 400], labels=["slow", "medium", "fast"])
    x = x[["bmi", "ltg"]]
    return fit(x, grades, StatsModelsOrdinalClassifier(OrderedModel, distr="probit"))


@model("statsmodels/OrderedLogitDiabetes")
def _():
    x, y = diabetes()
    grades = pd.cut(y, [0, 90, 180, 400], labels=["slow", "medium", "fast"])
    x = x[["bmi", "ltg"]]
    return fit(x, grades, StatsModelsOrdinalClassifier(OrderedModel, distr="logit"))


@model("category_encoders/WOEDiabetes")
def _():
    x, y = diabetes_in_words()
    y = pd.Series((y > 150).astype(int), name="fast")
    return fit(x, y, words_and_numbers(WOEEncoder()), LogisticRegression(max_iter=2000))


@model("category_encoders/CatBoostDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x, y, words_and_numbers(CatBoostEncoder(random_state=1)), LinearRegression())


@model("category_encoders/LeaveOneOutDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x, y, words_and_numbers(LeaveOneOutEncoder(random_state=1)), LinearRegression())


@model("category_encoders/CountDiabetes")
def _():
    x, y = diabetes_in_words()
    return fit(x, y, words_and_numbers(CountEncoder(normalize=True)), LinearRegression())
