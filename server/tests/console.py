#!/usr/bin/env python3
"""Tests the console in headless Chromium: serves models on loopback and acts as a user would.

Needs chromium and chromedriver (Debian: chromium, chromium-driver), and only the standard library of Python:

    cargo build --release -p pmmlc
    python3 server/tests/console.py --bin target/release/pmmlc [--screenshots FOLDER]
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/corpus"
MODELS = {
    "flowers-tree": CORPUS / "sklearn/DecisionTreeIris/model.pmml",
    "flowers-regression": CORPUS / "sklearn/LogisticRegressionIris/model.pmml",
    "flowers-network": CORPUS / "nyoka/MLPIris/model.pmml",
    "flowers-boosted": CORPUS / "nyoka/XGBoostIris/model.pmml",
    "flowers-clusters": CORPUS / "sklearn/KMeansIris/model.pmml",
    "baskets": ROOT / "server/tests/server/common/baskets.pmml",
}
# Strings of a document must not be interpreted as HTML.
HOSTILE = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="&lt;img src=x onerror=alert(1)&gt;" optype="categorical" dataType="string">
<Value value="&quot;&gt;&lt;script&gt;alert(2)&lt;/script&gt;"/><Value value="b"/></DataField>
<DataField name="points" optype="continuous" dataType="double"/></DataDictionary>
<Scorecard modelName="&lt;b&gt;bold&lt;/b&gt;" functionName="regression" initialScore="7" useReasonCodes="false"><MiningSchema>
<MiningField name="&lt;img src=x onerror=alert(1)&gt;"/><MiningField name="points" usageType="target"/></MiningSchema>
<Characteristics><Characteristic name="&lt;svg onload=alert(3)&gt;">
<Attribute partialScore="-3"><SimplePredicate field="&lt;img src=x onerror=alert(1)&gt;" operator="equal" value="b"/></Attribute>
<Attribute partialScore="12"><True/></Attribute></Characteristic></Characteristics></Scorecard></PMML>"""


def halves(low, high, predicate="<True/>"):
    """Returns a tree that halves a range until two numbers are left."""
    middle = (low + high) // 2
    below, above = (
        f'<SimplePredicate field="x" operator="{operator}" value="{middle}"/>'
        for operator in ("lessThan", "greaterOrEqual")
    )
    inner = halves(low, middle, below) + halves(middle, high, above) if high - low > 2 else ""
    return f'<Node score="{middle}">{predicate}{inner}</Node>'


LARGE = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"><Interval closure="closedOpen" leftMargin="0" rightMargin="1024"/></DataField>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<TreeModel functionName="regression" splitCharacteristic="binarySplit"><MiningSchema><MiningField name="x"/>
<MiningField name="y" usageType="target"/></MiningSchema>{halves(0, 1024)}</TreeModel></PMML>"""
KEYS = {
    "tab": "\ue004",
    "enter": "\ue007",
    "down": "\ue015",
    "right": "\ue014",
    "left": "\ue012",
    "end": "\ue010",
    "space": " ",
}


def request(method, url, body=None, headers=None):
    call = urllib.request.Request(url, body, headers or {}, method=method)
    with urllib.request.urlopen(call, timeout=60) as response:
        return response.read()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(what, check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = check()
        except (OSError, urllib.error.URLError):
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Server:
    """A server with the models, on a free port of loopback."""

    def __init__(self, binary, token=None):
        self.port = free_port()
        environment = {
            **os.environ,
            **({"PMMLC_USER_TOKEN": token, "PMMLC_ADMIN_TOKEN": f"{token}-admin"} if token else {}),
        }
        command = [binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--log", "error"]
        self.process = subprocess.Popen(command, env=environment)
        self.root = f"http://127.0.0.1:{self.port}"
        until("the server is ready", lambda: request("GET", f"{self.root}/readyz"))
        headers = {"Content-Type": "application/xml", "Authorization": f"Bearer {token}-admin"}
        for name, path in MODELS.items():
            request("PUT", f"{self.root}/openscoring/model/{name}", path.read_bytes(), headers)
        for name, text in [("hostile", HOSTILE), ("large", LARGE)]:
            request("PUT", f"{self.root}/openscoring/model/{name}", text.encode(), headers)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Browser:
    """A browser, controlled by the WebDriver protocol."""

    def __init__(self, folder, screenshots):
        port = free_port()
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}", "--log-level=SEVERE"], stdout=subprocess.DEVNULL
        )
        self.root = f"http://127.0.0.1:{port}"
        self.session = None
        self.screenshots = screenshots
        until("the driver is ready", lambda: json.loads(request("GET", f"{self.root}/status"))["value"]["ready"])
        options = {
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--window-size=1280,1000",
                f"--user-data-dir={folder}/profile",
            ],
            "prefs": {"download.default_directory": str(folder)},
        }
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
            "unhandledPromptBehavior": "ignore",
        }
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        prefix = f"/session/{self.session}" if self.session else ""
        try:
            return json.loads(request(method, self.root + prefix + path, data, {"Content-Type": "application/json"}))[
                "value"
            ]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector="body"):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def wait(self, text, selector="body"):
        """Waits until an element contains a text."""
        try:
            return until(text, lambda: text in self.text(selector))
        except AssertionError:
            self.screenshot("failed")
            raise AssertionError(f"“{text}” is not in {selector}: {self.text(selector)}") from None

    def element(self, selector):
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def click(self, selector):
        self.call("POST", f"/element/{self.element(selector)}/click", {})

    def type(self, selector, text):
        self.call("POST", f"/element/{self.element(selector)}/value", {"text": text})

    def press(self, *keys):
        """Presses keys in the focused element."""
        actions = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def tab_to(self, condition, most=80):
        """Presses the tab key until a condition on the focused element `e` holds."""
        for _ in range(most):
            self.press("tab")
            if self.run(f"const e = document.activeElement; return !!({condition})"):
                return
        raise AssertionError(f"the tab key does not reach {condition}")

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def screenshot(self, name):
        if self.screenshots:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            (self.screenshots / f"{name}.png").write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def stop(self):
        if self.session:
            self.call("DELETE", "")
        self.driver.terminate()
        self.driver.wait()


def choose(browser, server, model):
    browser.open(f"{server.root}/console#/{model}")
    browser.wait(model, "#model h2")
    # Only the fragment of the address changes, so that the page is not reloaded and keeps what was typed.
    browser.wait("Score a row", "#model")


DRAWN = "#model section:last-child"
ROW = "#model form"
TABLE = "#model .drop"


def list_and_tree(browser, server):
    browser.open(f"{server.root}/console")
    browser.wait("8 models", "#list-note")
    assert browser.text("#models").count("flowers-") == 5
    browser.type("#filter", "flowers-tree")
    browser.wait("1 of 8 models", "#list-note")
    browser.screenshot("list")
    choose(browser, server, "flowers-tree")
    browser.wait("nodes, of which", DRAWN)
    fields = browser.text("#model details")
    assert "Petal" in fields or "petal" in fields, fields
    assert browser.run("return document.querySelectorAll('svg [role=treeitem]').length") > 5
    browser.screenshot("tree")
    nodes = "return document.querySelectorAll('svg [role=treeitem]').length"
    before = browser.run(nodes)
    browser.click("svg [role=treeitem] rect")
    assert browser.run(nodes) == 1 and before > 1, "a click closes the root"
    browser.click("svg [role=treeitem] rect")
    assert browser.run(nodes) == before, "and opens it again"


def row_by_pointer(browser, server):
    choose(browser, server, "flowers-tree")
    header, first = (CORPUS / "sklearn/DecisionTreeIris/input.csv").read_text().splitlines()[:2]
    names = browser.run("return [...document.querySelectorAll('#model form [name]')].map((e) => e.name)")
    values = dict(zip(header.split(","), first.split(",")))
    for name in names:
        browser.type(f"#model form [name={json.dumps(name)}]", values[name])
    browser.click(f"{ROW} button.main")
    browser.wait("Results", f"{ROW} .results")
    shown = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('#model form .results tbody tr')]"
        ".map((r) => [r.cells[0].innerText, r.cells[1].innerText]))"
    )
    body = json.dumps({"arguments": {name: values[name] for name in names}}).encode()
    answer = request(
        "POST", f"{server.root}/openscoring/model/flowers-tree", body, {"Content-Type": "application/json"}
    )
    expected = json.loads(answer)["results"]
    assert sorted(shown) == sorted(expected), (shown, expected)
    for name, value in expected.items():
        assert shown[name] == str(value) or float(shown[name]) == float(value), (name, shown, expected)
    # Not a number: the field is marked and the row is not sent. (Browsers return an empty value for it.)
    browser.type(f"#model form [name={json.dumps(names[0])}]", "e")
    browser.click(f"{ROW} button.main")
    browser.wait("cannot be read", f"{ROW} [role=alert]")
    assert browser.run("return document.activeElement.getAttribute('aria-invalid')") == "true"
    browser.screenshot("row")


def table(browser, server, folder):
    choose(browser, server, "flowers-tree")
    path = CORPUS / "sklearn/DecisionTreeIris/input.csv"
    drop = """
        const data = new DataTransfer();
        data.items.add(new File([arguments[1]], "flowers.csv", { type: "text/csv" }));
        const zone = document.querySelector(arguments[0]);
        for (const kind of ["dragenter", "dragover", "drop"])
            zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));"""
    browser.run(drop, TABLE, path.read_text())
    rows = len(path.read_text().splitlines()) - 1
    results = "#model section:nth-of-type(3)"
    browser.wait(f"{rows} rows, all with results", results)
    browser.screenshot("table")
    browser.click(f"{results} a[download]")
    saved = folder / "flowers-results.csv"
    until("the results are saved", saved.exists)
    assert len(saved.read_text().splitlines()) == rows + 1
    # A row that fails has an error message in its line of the results.
    header = path.read_text().splitlines()[0]
    width = header.count(",") + 1
    broken = folder / "broken.csv"
    broken.write_text(f"{header}\n" + ",".join(["5"] * width) + "\n" + ",".join(["no number"] * width) + "\n")
    browser.type(f"{TABLE} input", str(broken))
    browser.wait("2 rows, 1 row without results", results)
    browser.run(drop, TABLE, "")
    until("an empty file is rejected", lambda: browser.text(f"{results} [role=alert]"))


def other_drawings(browser, server):
    for model, text in [
        ("flowers-regression", "intercept"),
        ("flowers-network", "Layers"),
        ("flowers-boosted", "combined by"),
        ("flowers-clusters", "ClusteringField"),
        ("baskets", "AssociationRule"),
    ]:
        choose(browser, server, model)
        browser.wait(text, DRAWN)
        browser.run("document.querySelector(arguments[0]).scrollIntoView()", DRAWN)
        browser.screenshot(model)
    choose(browser, server, "flowers-boosted")
    browser.wait("combined by", DRAWN)
    inner = f"{DRAWN} div div div"
    before = browser.text(inner)
    browser.run("[...document.querySelectorAll('#model button')].find((b) => b.innerText === 'Next').click()")
    until("the next segment is drawn", lambda: browser.text(inner) != before)


def group(browser, server):
    choose(browser, server, "baskets")
    browser.type(f"{ROW} textarea", "bread\nmilk")
    browser.click(f"{ROW} button.main")
    until("results or a reason", lambda: browser.text(f"{ROW} .results") or browser.text(f"{ROW} [role=alert]"))
    assert not browser.text(f"{ROW} [role=alert]"), browser.text(f"{ROW} [role=alert]")


def hostile(browser, server):
    choose(browser, server, "hostile")
    browser.wait("<img src=x onerror=alert(1)> = b", DRAWN)
    browser.wait("<svg onload=alert(3)>", DRAWN)
    assert browser.run("return document.querySelectorAll('#model img, #model script, #model b').length") == 0
    browser.click(f"{ROW} button.main")
    browser.wait("19", f"{ROW} .results")
    browser.screenshot("hostile")


def large(browser, server):
    """Checks that a large tree is opened only up to a limit."""
    choose(browser, server, "large")
    browser.wait("The tree has 1,023 nodes", DRAWN)
    assert "[0.0, 1024.0)" in browser.text(ROW), browser.text(ROW)
    browser.run("""
        for (let turn = 0; turn < 200; turn += 1)
            document.querySelector(".node[aria-expanded=false]")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));""")
    browser.wait("No more than 300 nodes", DRAWN)
    drawn = browser.run("return document.querySelectorAll('.node').length")
    assert 280 < drawn <= 300, drawn


def keyboard(browser, server):
    """Checks that everything can be done without a pointer."""
    browser.open("about:blank")
    browser.open(f"{server.root}/console")
    browser.wait("8 models", "#list-note")
    browser.press("tab")
    assert browser.run("return document.activeElement.className") == "skip"
    browser.tab_to("e.innerText.startsWith('flowers-tree')")
    browser.press("enter")
    browser.wait("nodes, of which", DRAWN)
    assert browser.run("return document.activeElement.tagName") == "H2"
    browser.tab_to("e.type === 'number'")
    browser.press("5", "tab", "3", "tab", "1", "tab", "1", "enter")
    until(
        "the row is scored or rejected", lambda: browser.text(f"{ROW} .results") or browser.text(f"{ROW} [role=alert]")
    )
    browser.tab_to("e.type === 'file'")
    browser.tab_to("e.getAttribute('role') === 'treeitem'")
    label = "return document.activeElement.getAttribute('aria-label')"
    root = browser.run(label)
    browser.press("down")
    assert browser.run(label) != root
    browser.press("left" if browser.run("return document.activeElement.ariaExpanded") != "true" else "down", "end")
    assert browser.run("return document.activeElement.getAttribute('role')") == "treeitem"
    outline = browser.run("return getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth")
    assert outline == "3px", outline
    browser.press("tab")
    assert browser.run("return document.activeElement.getAttribute('role')") != "treeitem", (
        "only one node is in the tab order"
    )


def accessibility(browser, server):
    """Checks in the accessibility tree that every control has a name, and that the landmarks exist."""
    choose(browser, server, "flowers-boosted")
    browser.wait("combined by", DRAWN)
    nodes = browser.devtools("Accessibility.getFullAXTree")["nodes"]
    seen = [node["role"]["value"] for node in nodes if not node["ignored"]]
    for role in ["banner", "navigation", "main", "status", "heading", "region", "treeitem", "table"]:
        assert role in seen, f"no {role} among {sorted(set(seen))}"
    controls = {
        "button",
        "textbox",
        "searchbox",
        "spinbutton",
        "combobox",
        "link",
        "treeitem",
        "tree",
        "region",
        "form",
    }
    for node in nodes:
        if not node["ignored"] and node["role"]["value"] in controls - {"form"}:
            assert node.get("name", {}).get("value"), f"a {node['role']['value']} without a name: {node}"


def schemes(browser, server):
    choose(browser, server, "flowers-tree")
    browser.wait("nodes, of which", DRAWN)
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(colour)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.devtools("Emulation.setEmulatedMedia", features=dark)
    assert browser.run(colour) != light
    browser.screenshot("dark")
    browser.devtools("Emulation.setEmulatedMedia", features=[])
    browser.devtools("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
    assert browser.run("return document.documentElement.scrollWidth") <= 390, "the page is wider than a telephone"
    browser.screenshot("narrow")
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def tokens(browser, binary):
    server = Server(binary, token="secret")
    try:
        browser.open(f"{server.root}/console")
        browser.wait("token is needed", "#model")
        browser.type("#token", "secret\ue007")
        browser.wait("8 models", "#list-note")
        choose(browser, server, "flowers-tree")
        # Users do not get documents.
        browser.wait("only administrators", DRAWN)
        browser.screenshot("user")
        browser.run("document.getElementById('token').value = ''")
        browser.type("#token", "secret-admin\ue007")
        browser.wait("nodes, of which", DRAWN)
        assert browser.run("return [localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    finally:
        server.stop()
    return server.root


def requests_and_messages(browser, roots):
    """Checks that the page sends requests only to the server, and that the browser logs no errors."""
    count = 0
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            # The browser also loads its own pages before the first one.
            assert url.startswith((*roots, "data:", "blob:", "about:", "chrome:")), f"a request to {url}"
            count += url.startswith(tuple(roots))
    assert count > 20, f"{count} requests were seen"
    for entry in browser.log("browser"):
        # Requests that the server rejects are part of the test.
        is_expected = "Failed to load resource" in entry["message"] and any(
            status in entry["message"] for status in ("400", "403")
        )
        assert is_expected, entry["message"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=str(ROOT / "target/release/pmmlc"))
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    if not shutil.which("chromedriver"):
        sys.exit("there is no chromedriver: install chromium and chromium-driver")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        server = browser = None
        try:
            server = Server(arguments.bin)
            browser = Browser(folder, arguments.screenshots)
            for step in [
                list_and_tree,
                row_by_pointer,
                other_drawings,
                group,
                hostile,
                large,
                keyboard,
                accessibility,
                schemes,
            ]:
                step(browser, server)
                print(f"{step.__name__}: good")
            table(browser, server, folder)
            print("table: good")
            with_token = tokens(browser, arguments.bin)
            print("tokens: good")
            requests_and_messages(browser, [server.root, with_token])
            print("requests_and_messages: good")
        finally:
            if browser:
                browser.stop()
            if server:
                server.stop()
    print(f"the console: all good, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
