"""Spark ML by pyspark2pmml (JPMML-SparkML, AGPL; its jars are in the wheel; run with Java 17).

pip install -r requirements-spark.txt; python spark_ml.py
"""

import os
import pathlib
import sys

# The workers of Spark use the first Python in PATH by default.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

import pyspark2pmml
from pyspark.ml import Pipeline
from pyspark.ml.classification import GBTClassifier, LogisticRegression, RandomForestClassifier
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import Imputer, IndexToString, OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.regression import GBTRegressor, GeneralizedLinearRegression, LinearRegression
from pyspark.sql import SparkSession
from pyspark2pmml import PMMLBuilder
from recipe import CATEGORIES, INPUTS, NUMBERS, document, finish, people, same, versions

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", pyspark2pmml.spark_jars())
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
versions("pyspark", "pyspark2pmml")


def frame(**what):
    """Returns a table for pandas and for Spark. Missing categories get a name: Spark's StringIndexer can keep null as a
    separate category, but the document does not express this, and trees have no result for it."""
    table = people(**what).astype({"visits": float})
    table[CATEGORIES] = table[CATEGORIES].fillna("unknown")
    return table, spark.createDataFrame(table)


_, train = frame(seed=1)
rows, test = frame(seed=2, unseen=True)


def columns(numbers, one_hot):
    """Returns the stages that prepare the columns: missing numbers become medians, and categories that are not in the
    training data become a separate one (`keep`)."""
    filled, coded, vectors = (
        [f"{column}_{what}" for column in names]
        for what, names in [("filled", numbers), ("coded", CATEGORIES), ("vector", CATEGORIES)]
    )
    stages = [
        Imputer(inputCols=numbers, outputCols=filled, strategy="median"),
        StringIndexer(inputCols=CATEGORIES, outputCols=coded, handleInvalid="keep"),
    ]
    if one_hot:
        stages.append(OneHotEncoder(inputCols=coded, outputCols=vectors))
    return [*stages, VectorAssembler(inputCols=filled + (vectors if one_hot else coded), outputCol="features")]


def classify(model, target, one_hot=False):
    name = type(model).__name__
    label = StringIndexer(inputCol=target, outputCol="label")
    pipeline = Pipeline(stages=[label, *columns(NUMBERS, one_hot), model.setLabelCol("label")]).fit(train)
    # Since 0.11 the builder takes (schema, pipeline); older guides have (spark, schema, pipeline).
    PMMLBuilder(train.schema, pipeline).buildFile(document(name))
    labels = pipeline.stages[0].labels
    back = IndexToString(inputCol="prediction", outputCol="name", labels=labels)
    answer = (
        back.transform(pipeline.transform(test)).select("name", vector_to_array("probability").alias("of")).toPandas()
    )
    same(
        name,
        document(name),
        rows[INPUTS],
        {target: answer["name"]},
        {f"probability({label})": answer["of"].str[at] for at, label in enumerate(labels)},
    )


def regress(model, one_hot=False):
    name = type(model).__name__
    pipeline = Pipeline(stages=[*columns(NUMBERS, one_hot), model.setLabelCol("spends")]).fit(train)
    PMMLBuilder(train.schema, pipeline).buildFile(document(name))
    answer = pipeline.transform(test).select("prediction").toPandas()
    same(name, document(name), rows[INPUTS], numbers={"spends": answer["prediction"]})


classify(LogisticRegression(regParam=0.01), "region", one_hot=True)
classify(RandomForestClassifier(numTrees=20, maxDepth=6, seed=1), "region")
classify(GBTClassifier(maxIter=10, seed=1), "buys")
regress(LinearRegression(regParam=0.01), one_hot=True)
regress(GeneralizedLinearRegression(family="gaussian", link="identity"), one_hot=True)
regress(GBTRegressor(maxIter=10, seed=1))

name = "KMeans"
pipeline = Pipeline(stages=[*columns(NUMBERS, one_hot=True), KMeans(k=4, seed=1)]).fit(train)
PMMLBuilder(train.schema, pipeline).buildFile(document(name))
answer = pipeline.transform(test).select("prediction").toPandas()
same(name, document(name), rows[INPUTS], {"prediction": answer["prediction"]})

# Spark itself writes two kinds of models, without the names of columns: the inputs are field_0, field_1, …
numbers = VectorAssembler(inputCols=NUMBERS, outputCol="features")
train, test = numbers.transform(train.na.drop()), numbers.transform(test.na.drop())
table = rows[NUMBERS].dropna().set_axis(["field_0", "field_1", "field_2"], axis=1)


def written_by_spark(model):
    """Returns the name of the case, its document (Spark makes a folder, with one part) and Spark's predictions."""
    name = f"{type(model).__name__}, written by Spark"
    fitted = model.fit(train)
    fitted.write().format("pmml").save(document(name))
    [part] = pathlib.Path(document(name)).glob("part-*")
    return name, str(part), fitted.transform(test).select("prediction").toPandas()["prediction"]


name, path, answer = written_by_spark(LinearRegression(labelCol="spends"))
same(name, path, table, numbers={"target": answer})
# Its clusters have no id, so that the results are their positions, from 1.
name, path, answer = written_by_spark(KMeans(k=4, seed=1))
same(name, path, table, {"_target": answer + 1})

spark.stop()
finish()
