"""Information for schemathesis that is not in the OpenAPI document: bodies of the server's types, and existing models.

schemathesis_run.py loads it with SCHEMATHESIS_HOOKS.
"""

import pathlib

import schemathesis

DOCUMENTS = pathlib.Path(__file__).parent.parent / "tests/server/common"
MODELS = ["line", "tree", "baskets"]
GOOD = {
    "application/xml": (DOCUMENTS / "line.pmml").read_text(),
    "text/csv": "x\n1\n2\n",
    "application/x-ndjson": '{"id": "a", "arguments": {"x": 1}}\n{}\n',
}
GOOD["text/xml"] = GOOD["application/xml"]
GOOD["application/csv"] = GOOD["text/plain"] = GOOD["text/csv"]


@schemathesis.serializer(
    "application/x-ndjson",
    "text/csv",
    "application/csv",
    "application/vnd.apache.arrow.stream",
    "application/xml",
    "text/xml",
)
def as_it_is(context, value):
    """Sends strings and bytes unchanged."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes most requests for existing models, and one in three with a valid body.

    Only models that the run has deployed are undeployed and rolled back, so that the others stay.
    """
    chance = hash(repr((case.body, case.query, case.path_parameters)))
    if not case.path_parameters or "id" not in case.path_parameters:
        return
    if case.operation.method.lower() in ("put", "delete"):
        if chance % 2 or case.path_parameters["id"] in MODELS:
            case.path_parameters["id"] = "mine"
    elif chance % 8:
        case.path_parameters["id"] = MODELS[chance % len(MODELS)]
    if case.media_type in GOOD and chance % 3 == 0:
        case.body = GOOD[case.media_type]
