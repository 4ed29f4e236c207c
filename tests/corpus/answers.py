"""Results of JPMML-Evaluator and of trained models, and their files."""

import math
import pathlib
import re
import warnings

import jpmml_evaluator
import jpype
import numpy as np


def start_java():
    home = pathlib.Path(jpmml_evaluator.__file__).parent
    jars = sorted(home.glob("dependencies/*.jar")) + sorted(home.glob("resources/*.jar"))
    jpype.startJVM(classpath=[str(jar) for jar in jars], convertStrings=True)
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()


def cell_text(value):
    return None if value is None or value != value or value in ("", "NA", "N/A") else str(value)


def java_text(value):
    """Formats a value as Java does."""
    return None if value is None else str(jpype.JClass("java.lang.String").valueOf(jpype.JObject(value)))


def ask(path, rows):
    """Returns JPMML-Evaluator's results for the rows of a table: column names, a list of strings for each row (None: missing), an
    error name for each row (or None), the model's element and function."""
    evaluator_package = jpype.JPackage("org.jpmml.evaluator")
    file = jpype.JClass("java.io.File")
    evaluator = evaluator_package.LoadingModelEvaluatorBuilder().load(file(str(path))).build()
    evaluator.verify()
    columns = [str(field.getName()) for field in evaluator.getTargetFields() if not field.isSynthetic()]
    columns += [
        name
        for name in (str(field.getName()) for field in evaluator.getOutputFields() if field.isFinalResult())
        if name not in columns
    ]
    # Rows of a table, because models that look back at earlier rows need one.
    table = evaluator_package.TableReader(jpype.JChar(",")).read(jpype.JClass("java.io.FileInputStream")(str(rows)))
    table.apply(
        jpype.JProxy(
            "java.util.function.Function", {"apply": lambda cell: cell if cell not in ("", "NA", "N/A") else None}
        )
    )
    answers, errors = [], []
    for row in range(table.getNumberOfRows()):
        try:
            results = evaluator.evaluate(table.createReaderRow(row))
            decode = evaluator_package.EvaluatorUtil.decode
            answers.append([java_text(decode(results.get(name))) for name in columns])
            errors.append(None)
        except jpype.JException as error:
            answers.append([None] * len(columns))
            errors.append(str(error.getClass().getSimpleName()))
    model = evaluator.getModel()
    return columns, answers, errors, str(model.getClass().getSimpleName()), str(model.getMiningFunction().value())


def trained_answers(pipeline, rows, columns):
    """Returns the results of the trained model, a list for each column that it has, or None if it does not accept the rows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = rows["sentence"] if list(rows.columns) == ["sentence"] else rows
            ask_for = pipeline.decision_function if columns[0] == "decisionFunction" else pipeline.predict
            trained = dict(zip(columns, np.asarray(ask_for(rows)).reshape(len(rows), -1).T))
            if any(name.startswith("probability(") for name in columns) and hasattr(pipeline, "predict_proba"):
                classes = pipeline._final_estimator.classes_
                of_classes = zip(classes, np.asarray(pipeline.predict_proba(rows)).T)
                trained.update((f"probability({label})", values) for label, values in of_classes)
    except (AttributeError, TypeError, ValueError):
        return None
    return trained


def first_difference(trained, columns, answers, errors, tolerance):
    """Returns the first difference between the trained model and JPMML-Evaluator, if there is one."""
    for name, values in trained.items():
        for i, value in enumerate(values):
            if errors[i] is not None or name not in columns:
                continue
            answer = answers[i][columns.index(name)]
            if not is_same(value, answer, tolerance):
                return f"row {i}, {name}: trained model {value}, JPMML-Evaluator {answer}"
    return None


def is_same(value, answer, tolerance):
    if value is None or answer is None:
        return value is answer
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return answer.lower() == str(value).lower()
    return math.isclose(float(answer), float(value), rel_tol=tolerance, abs_tol=tolerance)


def csv_text(header, rows):
    def quote(text):
        text = "" if text is None else text
        return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) or text != text.strip() else text

    return "".join(",".join(map(quote, row)) + "\n" for row in [header, *rows])
