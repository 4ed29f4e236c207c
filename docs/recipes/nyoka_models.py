"""nyoka (Apache licence; no Java), for pipelines of scikit-learn, XGBoost and LightGBM.

    pip install -r requirements-nyoka.txt; python nyoka_models.py
"""

import lightgbm
import nyoka
import xgboost
from recipe import NUMBERS, document, finish, people, same, versions
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

train, test = people(seed=1).dropna(), people(seed=2).dropna()
versions("nyoka", "scikit-learn", "xgboost", "lightgbm")

def classify(name, model, target, export=nyoka.skl_to_pmml, tolerance=1e-12, proba=True, scale=True):
    import traceback
    try:
        pipeline = Pipeline(([("scale", StandardScaler())] if scale else []) + [("model", model)])
        y = train[target]
        pipeline.fit(train[NUMBERS].values, y)
        export(pipeline, NUMBERS, target, document(name))
        e = pipeline.predict_proba(test[NUMBERS].values) if proba else None
        same(name, document(name), test[NUMBERS], {"predicted_"+target: pipeline.predict(test[NUMBERS].values)}, {f"probability_{l}": e[:, i] for i, l in enumerate(model.classes_)} if proba else None, tolerance)
    except Exception as e:
        traceback.print_exc(limit=-2)

def regress(name, model, export=nyoka.skl_to_pmml, tolerance=1e-12, scale=True):
    import traceback
    try:
        pipeline = Pipeline(([("scale", StandardScaler())] if scale else []) + [("model", model)])
        pipeline.fit(train[NUMBERS].values, train["spends"])
        export(pipeline, NUMBERS, "spends", document(name))
        same(name, document(name), test[NUMBERS], None, {"predicted_spends": pipeline.predict(test[NUMBERS].values)}, tolerance)
    except Exception as e:
        traceback.print_exc(limit=-2)
train["b"]=(train["buys"]=="yes").astype(int)
train["r"]=train["region"].map({"middle":0,"north":1,"south":2})
for t in ["buys", "region"]:
    classify("logreg "+t, LogisticRegression(), t)
    classify("dt "+t, DecisionTreeClassifier(max_depth=5), t)
    classify("rf "+t, RandomForestClassifier(10, max_depth=5), t)
    classify("gb "+t, GradientBoostingClassifier(n_estimators=10), t)
    classify("nb "+t, GaussianNB(), t)
    classify("mlp "+t, MLPClassifier([5], max_iter=500), t)
    classify("knn "+t, KNeighborsClassifier(), t, proba=False)
    classify("svc "+t, SVC(), t, proba=False)
    classify("lgb "+t, lightgbm.LGBMClassifier(n_estimators=10,verbose=-1), t, export=nyoka.lgb_to_pmml)
for t in ["b","r"]:
    classify("xgb "+t, xgboost.XGBClassifier(n_estimators=10), t, export=nyoka.xgboost_to_pmml, tolerance=1e-6)
    classify("xgb noscale "+t, xgboost.XGBClassifier(n_estimators=10), t, export=nyoka.xgboost_to_pmml, tolerance=1e-6, scale=False)
regress("lr", LinearRegression())
regress("rfr", RandomForestRegressor(10))
regress("lgbr", lightgbm.LGBMRegressor(n_estimators=10,verbose=-1), export=nyoka.lgb_to_pmml)
regress("xgbr", xgboost.XGBRegressor(n_estimators=10), export=nyoka.xgboost_to_pmml, tolerance=1e-5)
regress("xgbr noscale", xgboost.XGBRegressor(n_estimators=10), export=nyoka.xgboost_to_pmml, tolerance=1e-5, scale=False)

finish()
