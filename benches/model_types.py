"""Compares `pmmlc bench` with JPMML-Evaluator on one or two models of each type, and writes a table in README.md beside this
file.

    python3 benches/model_types.py CORPUS [--pmmlc PATH] [--jpmml COMMAND] [--models a,b] [--write]

CORPUS is a folder of folders FAMILY/MODEL with model.pmml and input.csv. The rows are repeated until there are 6,000, so
that both sides are warm. COMMAND is as in compare.py, whose measurements this script uses.
"""

import argparse
import pathlib
import tempfile

from compare import HERE, time_jpmml, time_ours, write_table

ROWS = 6_000
MODELS = [
    ("association", "docs-jpmml-evaluator/association_CategoricalSchemaTest"),
    ("anomaly detection", "docs-pmml4s/anomaly_dmg_anomaly_cluster"),
    ("clustering", "sklearn/KMeansWheat"),
    ("general regression", "sparkml/GLMVisit"),
    ("general regression", "r/GLMFormulaAudit"),
    ("naive Bayes", "r/NaiveBayesAudit"),
    ("naive Bayes", "sklearn/GaussianNBIris"),
    ("nearest neighbors", "sklearn/MultiKNNAudit"),
    ("neural network", "r/NNetFormulaAudit"),
    ("neural network", "sklearn/MultiMLPAuto"),
    ("regression", "sparkml/LogisticRegressionAudit"),
    ("rule set", "sklearn/RuleSetIris"),
    ("scorecard", "sklearn-extension/ScaledScorecardAudit"),
    ("vector machine", "r/LibSVMFormulaAudit"),
    ("vector machine", "sklearn/SVRHousing"),
    ("tree", "sklearn/DecisionTreeAudit"),
    ("forest", "lightgbm/ClassificationAuditNA"),
    ("mixed", "sklearn/GBDTLRAudit"),
]


def repeated(path, to):
    header, *rows = path.read_text().splitlines()
    to.write_text("\n".join([header, *(rows * (ROWS // len(rows) + 1))[:ROWS]]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--pmmlc", default=HERE.parent / "target/release/pmmlc")
    parser.add_argument("--jpmml")
    parser.add_argument("--models", default="")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    wanted = arguments.models.split(",")
    lines = [
        "| type | model | JPMML-Evaluator, ns per row | one row, ns | times | batch, ns per row | times |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "input.csv"
        for kind, name in MODELS:
            if not any(part in name for part in wanted):
                continue
            model = arguments.corpus / name / "model.pmml"
            repeated(model.parent / "input.csv", table)
            ours = time_ours(arguments.pmmlc, model, table, "avx512")
            theirs = time_jpmml(arguments.jpmml, model, table, ROWS) if arguments.jpmml else None
            single, batch = ours["single_ns"], ours["batch_ns"]
            ratios = [f"{theirs / time:.1f}" if theirs else "" for time in (single, batch)]
            shown = f"{theirs:,.0f}" if theirs else "rejects it" if arguments.jpmml else ""
            failed = f" ({ours['failed']} of {ours['rows']} rows fail)" if ours["failed"] else ""
            lines.append(
                f"| {kind} | {name.split('/')[1]}{failed} | {shown} | {single:,.0f} | {ratios[0]} | {batch:,.0f} | {ratios[1]} |"
            )
            print(lines[-1], flush=True)
    if arguments.write:
        write_table("model_types.py", lines)


if __name__ == "__main__":
    main()
