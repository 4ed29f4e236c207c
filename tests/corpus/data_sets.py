"""The data sets of scikit-learn with realistic names, and variants with missing and invalid cells."""

import re

import numpy as np
import pandas as pd
from sklearn import datasets

ROWS = 60


def iris():
    frame = datasets.load_iris(as_frame=True)
    x = frame.data.set_axis(["sepal_length", "sepal_width", "petal_length", "petal_width"], axis=1)
    return x, pd.Series(frame.target_names[frame.target], name="species")


def wine():
    frame = datasets.load_wine(as_frame=True)
    x = frame.data.rename(columns={"od280/od315_of_diluted_wines": "od280"})
    return x, pd.Series(frame.target.to_numpy(), name="cultivar")


def breast_cancer():
    frame = datasets.load_breast_cancer(as_frame=True)
    x = frame.data.iloc[:, :10].rename(columns=lambda name: name.replace(" ", "_"))
    return x, pd.Series(frame.target_names[frame.target], name="diagnosis")


def diabetes():
    frame = datasets.load_diabetes(as_frame=True, scaled=False)
    x = frame.data.set_axis(["age", "sex", "bmi", "pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"], axis=1)
    x["sex"] = x["sex"].astype(int)
    return x, pd.Series(frame.target.to_numpy(), name="progression")


def diabetes_in_words():
    """The diabetes data with two columns of ordered categories, as in a questionnaire."""
    x, y = diabetes()
    x["weight"] = cut(x.pop("bmi"), [0, 23, 27, 31, 99], ["low", "normal", "raised", "high"])
    x["age_group"] = cut(x.pop("age"), [0, 35, 50, 65, 120], ["young", "middle", "older", "old"])
    return x[["weight", "age_group", "pressure", "hdl", "ltg", "glucose"]], y


def digits():
    """Four digits in a lower resolution, with 16 numbers."""
    frame = datasets.load_digits(n_class=4)
    images = frame.images.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)
    return pd.DataFrame(images, columns=[f"pixel_{i}" for i in range(16)]), pd.Series(frame.target, name="digit")


def sentences():
    """Sentences from the descriptions of three data sets, with the data set as the label; without addresses and donors."""
    rows = []
    for name in ("iris", "breast_cancer", "diabetes"):
        description = getattr(datasets, f"load_{name}")().DESCR.split("References")[0]
        for sentence in re.split(r"[.:\n|=*-]{2,}|\.\s|\n", description):
            words = re.findall(r"[A-Za-z]+", sentence)
            if len(words) >= 3 and not re.search(r"Creator|Donor|Date|http|ftp|[@\[(]", sentence):
                rows.append((" ".join(words), name))
    return pd.DataFrame(rows, columns=["sentence", "data_set"]).drop_duplicates("sentence")


def cut(column, edges, labels):
    return pd.cut(column, edges, labels=labels).astype(object)


def sample(frame, seed=7, rows=ROWS):
    return frame.sample(rows, random_state=seed).reset_index(drop=True)


def with_missing(frame, share=0.15, seed=11):
    """Returns the frame with random missing cells."""
    frame = frame.astype(object)
    gone = np.random.default_rng(seed).random(frame.shape) < share
    return frame.mask(gone, None)


def spoil(rows):
    """Inserts invalid and missing values into some rows."""
    rows = rows.astype(object)
    column = {name: i for i, name in enumerate(rows.columns)}
    for row, name, value in [
        (2, "weight", "heavy"),
        (5, "pressure", 1000.0),
        (8, "hdl", -1.0),
        (11, "glucose", "high"),
        (14, "weight", None),
        (17, "pressure", None),
        (20, "glucose", None),
        (23, "hdl", "?"),
        (26, "pressure", 61.9),
        (29, "weight", "Low"),
        (32, "glucose", 1e300),
        (35, "hdl", None),
    ]:
        rows.iat[row, column[name]] = value
    return rows
