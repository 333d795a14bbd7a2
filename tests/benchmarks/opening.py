"""python tests/benchmarks/opening.py [--json]: how long until the curve of a run stands.

Measured in Chromium on a warm server: from the click on the Training tab to the frame with all of
its points. The recorded run, before anything is trained; and a page that comes late to a run of
20,000 steps.
"""

import json
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from report import options, report, summary

TARGET_MS = 1000
STEPS = {"recorded run": 1410, "20,000 steps": 20_000}
QUERY = {"recorded run": "", "20,000 steps": "?run=long"}
TIMED = """
steps => new Promise(done => {
  const start = performance.now();
  page.open('training');
  const look = () => {
    const chart = document.querySelector('#train-chart');
    if (chart?.data?.[0].x.length === steps) setTimeout(() => done(performance.now() - start));
    else requestAnimationFrame(look);
  };
  look();
})
"""


def write_long_run(folder: Path, steps: int) -> None:
    """A run's directory: the recorded run's losses over and over."""
    from demo.recorded import SHIPPED

    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("lock", "checkpoints"))
    events = [json.loads(line) for line in (SHIPPED / "events.jsonl").read_text().splitlines()]
    taken = [event for event in events if event["event"] == "StepEnd"]
    lines = [{**events[0], "total_steps": steps}]
    lines += [{**taken[i % len(taken)], "step": i + 1} for i in range(steps)]
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def main() -> None:
    asked = options("Times the opening of the Training tab.", 10)
    from demo.app import options as served
    from demo.app import serve

    times: dict[str, list[float]] = {name: [] for name in STEPS}
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        url, close = serve(served("--host", "127.0.0.1", "--runs", runs, "--data", "drawn"))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, steps in STEPS.items():
            if name == "20,000 steps":
                write_long_run(Path(runs) / "long", steps)
            for number in range(-1, asked.repetitions):  # the first warms up
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(url + QUERY[name])
                page.wait_for_function("window.Plotly", timeout=60_000)  # read before it is needed
                took = page.evaluate(TIMED, steps)
                if number >= 0:
                    times[name].append(took / 1000)
                page.close()
        version = browser.version
        browser.close()
        close()
    report(
        "from the click on the tab to the whole curve",
        {name: summary(taken) for name, taken in times.items()},
        asked.json,
        repetitions=asked.repetitions,
        chromium=version,
        target_ms=TARGET_MS,
    )


if __name__ == "__main__":
    main()
