#!/usr/bin/env python3
"""Looks at the dashboard and at a report in a real browser: make test-browser.

A run is killed and another comes to its end; each page is opened at the width of a desk and of a phone, light and dark.
Nothing may complain, nothing beyond the page may be asked for, the figures must be there. Pictures go to out/browser.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chromium import Chromium

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else PROJECT / "target/release/chemdrift").resolve()
PICTURES = PROJECT / "out/browser"
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1"}
VIEWS = [(1280, False), (390, False), (1280, True)]
LINES = 4


def run(folder, *words):
    return subprocess.Popen(["mpirun", "-n", "2", PROGRAM, "run", "ts1.yaml", "--overwrite", *words], cwd=folder,
                            env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lines(folder):
    with contextlib.suppress(FileNotFoundError):
        return (folder / "progress.jsonl").read_text().count("\n")
    return 0


def crashed(folder):
    """A run that is killed with all its ranks once it has told something."""
    job = run(folder, "-o", "crashed.nc")
    told = folder / "crashed.nc.run"
    end = time.monotonic() + 120
    while lines(told) < LINES:
        assert job.poll() is None and time.monotonic() < end, "the run ended before it could be killed"
        time.sleep(0.1)
    children = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
    for process in [*map(int, children), job.pid]:
        os.kill(process, signal.SIGKILL)
    job.wait()
    status = json.loads((told / "status.json").read_text())
    assert status["state"] == "running", status["state"]
    return told, status["steps_per_s"]


def finished(folder, steps):
    job = run(folder, "-o", "finished.nc", "--steps", str(steps))
    assert job.wait() == 0
    return folder / "finished.nc.run"


@contextlib.contextmanager
def dashboard(told):
    server = subprocess.Popen([PROGRAM, "dashboard", told], stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def fine(page, name, allowed):
    """What holds of every page."""
    wide = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.picture(PICTURES / f"{name}.png")
    assert not page.complaints(), f"{name}: {page.complaints()}"
    foreign = [url for url in page.requests() if not url.startswith(allowed) and not url.startswith("data:")]
    assert not foreign, f"{name} asks for {foreign}"


# How many different colours the strip has: one that is empty has one.
COLOURS = """(() => { const canvas = document.getElementById("heat");
  const data = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return new Set(data).size * canvas.height; })()"""


def see_dashboard(browser, told, name, says):
    with dashboard(told) as address:
        for width, dark in VIEWS:
            view = f"{name}-{width}{'-dark' if dark else ''}"
            page = browser.page(address, width, dark)
            page.until("document.querySelectorAll('#lines figure').length >= 3")
            assert says in page.value("document.body.innerText"), page.value("document.body.innerText")
            assert page.value(COLOURS) >= 4 and page.value("document.getElementById('log').textContent.length") > 100
            # It has asked a second time, and nothing has gone wrong by that.
            browser.wait(2.5)
            fine(page, view, address)


def see_report(browser, folder, file, figures):
    subprocess.run([PROGRAM, "report", file, "-o", "report.html"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    address = (folder / "report.html").as_uri()
    for width, dark in VIEWS:
        page = browser.page(address, width, dark)
        page.until("document.readyState === 'complete'")
        for selector, least in figures.items():
            number = page.value(f"document.querySelectorAll('figure svg {selector}').length")
            assert number >= least, f"{file}: {number} of {selector}"
        # What is folded away can be reached and opened without a mouse.
        assert page.value("""(() => { const fold = document.querySelector("details > summary"); fold.focus();
            return document.activeElement === fold; })()""")
        fine(page, f"report-{Path(file).stem}-{width}{'-dark' if dark else ''}", address)


def main():
    with tempfile.TemporaryDirectory(prefix="chemdrift-pages-") as name, Chromium() as browser:
        folder = Path(name)
        subprocess.run([PROGRAM, "init", "ts1"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        deck = folder / "ts1.yaml"
        deck.write_text(deck.read_text().replace("end: 6 h", "end: 60 days"))
        killed, pace = crashed(folder)
        see_dashboard(browser, killed, "crashed", "no sign of life")
        # A run that was killed has no whole output: the report says so and makes no page.
        report = subprocess.run([PROGRAM, "report", "crashed.nc"], cwd=folder, capture_output=True, text=True)
        assert report.returncode == 3 and "cannot read" in report.stderr and not (folder / "report.html").exists()
        see_dashboard(browser, finished(folder, max(2, round(18 * pace))), "finished", "finished")
        see_report(browser, folder, "finished.nc", {"path.line": 3, "rect.one": 10})
        winds = [PROGRAM, "run", PROJECT / "inputs/storm_winds.yaml", "-o", "winds.nc", "--particles", "500"]
        subprocess.run(winds, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
        see_report(browser, folder, "winds.nc", {"path.land": 2, "path.path": 100, "path.one": 20})
    print(f"the pages are as they should be; pictures are in {PICTURES}")


if __name__ == "__main__":
    main()
