#!/usr/bin/env python3
"""Measures the cost of an embedded model for a build. Writes the tables of docs/generated-code.md.

    python3 benches/build_cost.py FOLDER      a folder of models: *.pmml
    python3 benches/build_cost.py --formats   how the Rust compiler handles constant data in some formats

For each model a crate is built that embeds it with `pmml_model!` and scores a row. The cost is that of the build after its
dependencies are built: rustc including the macro, and the linker. The cost of the same crate without a model is subtracted from
the seconds and from the size of the program (without symbols), but not from the peak memory.

Needs only Python, Cargo, and the crates of Cargo.lock.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/generated-code.md"
WORK = ROOT / "target/build_cost"

MANIFEST = """\
[package]
name = "embedded"
edition = "2024"

[dependencies]
pmml = {{ path = {root} }}

[profile.release]
strip = true
{profile}

[workspace]
"""

OPTIMIZED_MACRO = """
[profile.release.build-override]
opt-level = 3
"""

# The row comes from outside, so that the compiler cannot score it.
WITH_MODEL = """\
mod model {{
    pmml::pmml_model!({model});
}}

fn main() {{
    let values: Vec<String> = std::env::args().collect();
    let input = model::Input::parse(|name| values.iter().find_map(|value| value.strip_prefix(name)));
    println!("{{:?}}", input.and_then(|input| model::predict(&input)));
}}
"""

WITHOUT_MODEL = """\
fn main() {
    let values: Vec<String> = std::env::args().collect();
    println!("{:?}", values.iter().find_map(|value| value.strip_prefix("x")));
}
"""


class Cost:
    """The cost of a command: wall-clock and processor time in seconds, and the peak memory of its largest process in MB."""

    def __init__(self, command, **options):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
        errors = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"{command} failed:\n{errors}")
        self.clock = time.monotonic() - begin
        self.processor = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def build(source, profile=""):
    """Builds a crate of this source. Returns the cost, and the size of the program in bytes."""
    folder = WORK / "crate"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(root=json.dumps(str(ROOT)), profile=profile))
    (folder / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    command = ["cargo", "build", "--release", "--offline", "--target-dir", str(WORK / "target")]
    main = folder / "src/main.rs"
    main.write_text(WITHOUT_MODEL)
    Cost(command, cwd=folder)  # The dependencies.
    main.write_text(source)
    os.utime(main, (time.time() + 2, time.time() + 2))
    cost = Cost(command, cwd=folder)
    return cost, (WORK / "target/release/embedded").stat().st_size


def table_bytes(pmmlc, model):
    """Returns the size of the model's packed tables in bytes."""
    source = subprocess.run([pmmlc, "build", model], check=True, capture_output=True).stdout
    return sum(int(size) for size in re.findall(rb"Aligned<\[u8; (\d+)\]>", source))


def size(count):
    """Formats a number of bytes."""
    return f"{count / 1e6:.2f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def models(folder):
    """Returns the table of models."""
    subprocess.run(["cargo", "build", "--offline", "-p", "pmmlc"], cwd=ROOT, check=True)
    pmmlc = ROOT / "target/debug/pmmlc"
    empty, empty_size = build(WITHOUT_MODEL + "\n// Nothing.\n")
    empty_optimized, _ = build(WITHOUT_MODEL + "\n// Nothing.\n", OPTIMIZED_MACRO)
    lines = [
        "| model | document | packed tables | program grows by | seconds | of processor time | peak memory "
        "| seconds, macro optimized | of processor time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    found = sorted(folder.glob("*.pmml"), key=lambda path: path.stat().st_size)
    if not found:
        sys.exit(f"{folder}: no models")
    for model in found:
        source = WITH_MODEL.format(model=json.dumps(str(model.resolve())))
        cost, grown = build(source)
        optimized, _ = build(source, OPTIMIZED_MACRO)
        tables = table_bytes(pmmlc, model)
        lines.append(
            f"| `{model.stem}` | {size(model.stat().st_size)} | {size(tables)} | {size(grown - empty_size)} "
            f"| {cost.clock - empty.clock:.1f} | {cost.processor - empty.processor:.1f} | {cost.memory:.0f} MB "
            f"| {optimized.clock - empty_optimized.clock:.1f} "
            f"| {optimized.processor - empty_optimized.processor:.1f} |"
        )
        print(lines[-1], flush=True)
    return lines


def formats():
    """Returns the table of formats of constant data."""
    lines = ["| data | as | source | seconds | of processor time | peak memory |", "|---|---|---|---|---|---|"]
    folder = WORK / "formats"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "none.rs").write_text("pub fn nothing() {}\n")
    compile_ = ["rustc", "--edition=2024", "--crate-type=rlib", "-Copt-level=3", f"--out-dir={folder}"]
    nothing = Cost([*compile_, str(folder / "none.rs")])
    for count in (4 << 20, 16 << 20):
        data = random.Random(1).randbytes(count)
        (folder / "data.bin").write_bytes(data)
        escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data)
        words = (int.from_bytes(data[at : at + 8], "little") for at in range(0, count, 8))
        written = ",".join(f"0x{word:x}" for word in words)
        sources = {
            "a byte string": f'pub static DATA: [u8; {count}] = *b"{escaped}";\n',
            "`include_bytes!`": f'pub static DATA: [u8; {count}] = *include_bytes!("data.bin");\n',
            "an array of `u64` literals": f"pub static DATA: [u64; {count // 8}] = [{written}];\n",
        }
        for name, source in sources.items():
            path = folder / "data.rs"
            path.write_text(source)
            cost = Cost([*compile_, str(path)])
            lines.append(
                f"| {count >> 20} MiB | {name} | {size(path.stat().st_size)} | {cost.clock - nothing.clock:.2f} "
                f"| {cost.processor - nothing.processor:.2f} | {cost.memory:.0f} MB |"
            )
            print(lines[-1], flush=True)
    return lines


def write(name, lines):
    """Replaces the table between the page's markers with a name."""
    page = PAGE.read_text()
    begin, end = f"<!-- {name}: written by benches/build_cost.py -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        sys.exit(f"{PAGE} lacks the markers of {name}")
    PAGE.write_text(before + begin + "\n" + "\n".join(lines) + "\n" + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of models")
    parser.add_argument("--formats", action="store_true", help="compare formats of constant data")
    arguments = parser.parse_args()
    if not arguments.formats and not arguments.folder:
        parser.error("give a folder of models, or --formats")
    if arguments.formats:
        write("formats", formats())
    if arguments.folder:
        write("models", models(arguments.folder))


if __name__ == "__main__":
    main()
