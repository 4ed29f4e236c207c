#!/usr/bin/env python3
"""The console in headless Chromium: lists, describes, draws, scores a row and a table; takes a screenshot.

    console.py --pmmlc target/release/pmmlc --screenshot console.png

Needs the package selenium, and Chromium with its driver (Debian: chromium, chromium-driver).
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import threading

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/server/common")


def start(pmmlc, folder):
    server = subprocess.Popen([pmmlc, "serve", "--host", "127.0.0.1", "--port", "0", "--model-dir", folder],
                              stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"address=(\S+)", line)
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, f"http://{found[1]}"
    raise SystemExit("the server did not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pmmlc", required=True)
    parser.add_argument("--screenshot")
    arguments = parser.parse_args()
    server, url = start(arguments.pmmlc, MODELS)
    options = webdriver.ChromeOptions()
    for option in ["--headless=new", "--no-sandbox", "--window-size=1200,1500"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # The driver that is installed: none is looked for elsewhere.
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        wait = WebDriverWait(browser, 30)
        text = lambda place: browser.find_element(By.ID, place).text
        browser.get(url + "/console")
        wait.until(lambda _: len(browser.find_elements(By.CSS_SELECTOR, "nav button")) == 3)
        # By keyboard alone.
        tree = [button for button in browser.find_elements(By.CSS_SELECTOR, "nav button") if button.text.startswith("tree")][0]
        tree.send_keys(Keys.ENTER)
        wait.until(lambda _: text("title") == "tree")
        assert browser.switch_to.active_element.get_attribute("id") == "title", "the focus"
        assert "Petal length" in text("fields") and "setosa, versicolor, virginica" in text("fields")
        browser.find_element(By.NAME, "length").send_keys("5.1")
        browser.find_element(By.NAME, "width").send_keys("1.5", Keys.ENTER)
        wait.until(lambda _: "versicolor" in text("results"))
        browser.find_element(By.CSS_SELECTOR, "#drawing-box summary").click()
        wait.until(lambda _: len(browser.find_elements(By.CSS_SELECTOR, "#drawing svg rect")) == 4)
        assert "length < 2.45" in browser.find_element(By.CSS_SELECTOR, "#drawing svg").text
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as table:
            table.write("Id,length,width\na,1.4,0.2\nb,5.1,1.5\nc,99,1\n")
            table.flush()
            browser.find_element(By.ID, "file").send_keys(table.name)
            wait.until(lambda _: text("table-status") == "3 rows")
        # The same by drag and drop.
        browser.execute_script("""
            const data = new DataTransfer();
            data.items.add(new File(["Id;length;width\\na;1.4;0.2\\n"], "rows.csv"));
            document.getElementById("table-status").textContent = "";
            document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));""")
        wait.until(lambda _: text("table-status") == "1 rows")
        assert "setosa" in text("table-results")
        browser.find_element(By.NAME, "length").send_keys(Keys.CONTROL, "a")
        browser.find_element(By.NAME, "length").send_keys("99", Keys.ENTER)
        wait.until(lambda _: "the value `99.0`" in text("error"))
        browser.find_element(By.NAME, "length").clear()
        browser.find_element(By.NAME, "length").send_keys("1.5", Keys.ENTER)
        wait.until(lambda _: "setosa" in text("results"))
        for control in browser.find_elements(By.CSS_SELECTOR, "input, select, button"):
            assert control.accessible_name, f"no name for screen readers: {control.get_attribute('outerHTML')}"
        if arguments.screenshot:
            browser.save_screenshot(arguments.screenshot)
        errors = [entry["message"] for entry in browser.get_log("browser") if "400" not in entry["message"]
                  and "favicon" not in entry["message"] and "[DOM]" not in entry["message"]]
        assert not errors, errors
        print("the console works")
    finally:
        browser.quit()
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
