#!/usr/bin/env python3
"""Writes the seeds of the targets into seeds/: some of the project's cases, examples, and a few requests.

Also writes seeds/document.dict, the names in documents. The seeds are kept in the repository: run this again after changes
here or to the cases. The streams of Arrow need pyarrow; without it the existing ones are kept.
"""

import gzip
import pathlib
import re
import shutil
import zlib

import tomllib

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
SERVED = ROOT / "server/tests/server/common"
LARGEST = 3 << 10
# Every n-th document of the cases is used, so that each file has some.
EVERY = 6

ROWS = [
    b'{"id": "1", "arguments": {"x": 1.5}}',
    b'{"id": 7, "arguments": {"length": "2", "width": null}}',
    b'{"arguments": {"basket": "a", "item": ["bread", "butter"]}}',
    b'\xef\xbb\xbf{"id": "\\ud83d\\ude00", "arguments": {"x": -1e-300, "y": true}}',
]
TABLES = [
    b"x,y\n1,2\n,NA\n",
    b'id;length;width\r\n1;2,5;"a""\nb"\r\n',
    b"basket\titem\na\tbread\na\tbutter\nb\tjam\n",
    b'x\n1\n\n""\n',
]
QUERIES = [
    "delimiterChar=%3B&quoteChar='&missingValues=NA,%3F",
    "errorColumn=why&stream=true",
    "delimiterChar=%5Ct&stream=false",
    "modelName=steep",
    "version=1&_method=PUT",
    "line/../%2e%2e/x?a=b",
]


# Strings that try to escape from literals in generated source, separated by NUL.
TEXTS = [
    "\npub fn injected() {}\n//\0gen\0self\0*/ fn f() {}",
    '"# fn f() {} r#"\0type\0r#type\0\\\0{{{',
    "\u202e} fn f() {\0\u2028fn f() {}\0\u0085\0```\n\nexit\n```",
    "a\0A\0a_2\0a 2\0\u00e4",
    "inputs\0OUTPUTS\0v1\0text a\0forest 0\0columns",
    "x",
]


def documents():
    """Returns some small documents of the cases, and those of the server's tests."""
    for file in sorted((ROOT / "tests/cases").glob("*.toml")):
        cases = tomllib.loads(file.read_text()).get("case", [])
        cases = [case for case in cases if len(case.get("model", "").encode()) < LARGEST]
        for case in cases[::EVERY]:
            text = case.get("model", "")
            if "<PMML" not in text:
                text = f'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>{text}</PMML>'
            yield text.encode()
    for file in sorted(SERVED.glob("*.pmml")):
        yield file.read_bytes()


def batches():
    """Returns streams of record batches, of types that models take and others, if pyarrow is installed."""
    try:
        import pyarrow as pa
    except ImportError:
        print("pyarrow is not installed: the streams of the target arrow are kept")
        return
    columns = [
        {"x": pa.array([1.5, None, 2.0])},
        {"x": pa.array([1, 2, None], pa.int8()), "y": pa.array(["a", None, "b"])},
        {"length": pa.array(["1", "2", None]), "width": pa.array([1, None, 3], pa.float32())},
        {"basket": pa.array(["a", "a", "b"]), "item": pa.array(["bread", "jam", None]).dictionary_encode()},
        {"basket": pa.array(["a", "b", "c"]), "item": pa.array([["bread"], None, ["jam", "butter"]])},
        {"x": pa.array([True, None, False]), "y": pa.array([1, 2, 3], pa.date32())},
        {"x": pa.array(["1", "2", "x"], pa.string_view()), "y": pa.array([1, 2, 3], pa.timestamp("ms", tz="UTC"))},
    ]
    for values in columns:
        batch = pa.record_batch(values)
        for compression in (None, "lz4", "zstd"):
            sink = pa.BufferOutputStream()
            options = pa.ipc.IpcWriteOptions(compression=compression)
            with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
                writer.write_batch(batch)
                writer.write_batch(batch.slice(1))
            yield sink.getvalue().to_pybytes()


def part(name, content, headers=""):
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n{headers}\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


def gzipped(data):
    """Compresses data, reproducibly."""
    return gzip.compress(data, mtime=0)


def deflate(data):
    return zlib.compress(data)


def write(target, seeds):
    seeds = [seed for seed in seeds if len(seed) <= LARGEST]
    if not seeds:
        return
    folder = HERE / "seeds" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)


def main():
    line = (SERVED / "line.pmml").read_bytes()
    batch = b'{"id": "b", "requests": [' + b", ".join(row.lstrip(b"\xef\xbb\xbf") for row in ROWS) + b"]}"
    write("json_single", ROWS)
    write("json_batch", [batch, b'{"requests": null}', b'{"id": null, "requests": []}'])
    write("json_lines", [b"\n".join(ROWS) + b"\n", b"\n\n{}\r\n[]\n"])
    choices = [0, 8, 16, 24, 32, 1, 5]
    encoded = [bytes([3]) + TABLES[0].decode().encode("utf-16-le"), bytes([4]) + TABLES[1].decode().encode("utf-16-be")]
    write("csv", [bytes([choice]) + table for choice in choices for table in TABLES] + encoded)
    typed = "Content-Type: text/csv; charset=ISO-8859-1\r\n"
    write("multipart", [part("pmml", line), part("pmml", gzipped(line)), part("csv", TABLES[0], typed)])
    write("query", [query.encode() for query in QUERIES])
    bomb = b" " * (1 << 20)
    packed = [pack(text) for text in (ROWS[0], TABLES[0], line, bomb) for pack in (gzipped, deflate)]
    packed += [gzipped(gzipped(line)), deflate(gzipped(ROWS[0]))]
    write("compressed", [bytes([choice]) + data for choice in range(0, 64, 9) for data in packed])
    write("document", documents())
    write("arrow", batches())
    # A column of each type, and a few bytes over the stream.
    columns = [bytes([5, 0, number % 14, kind]) + bytes(range(number, 40)) for number, kind in enumerate(range(24))]
    write("arrow_stream", columns)
    write("generated", [bytes([kind]) + text.encode() for kind in range(7) for text in TEXTS])

    source = "".join(file.read_text() for file in sorted((ROOT / "compiler/src/document").rglob("*.rs")))
    names = sorted(set(re.findall(r'"([A-Za-z][A-Za-z0-9-]{1,40})"', source)))
    (HERE / "seeds/document.dict").write_text("".join(f'"{name}"\n' for name in names))


main()
