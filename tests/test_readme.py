"""What the README shows runs, and prints what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import gradio

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_in_the_readme_runs_and_prints_what_it_says(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for promised in ("completed 32\n", "airplane\n", "5\n", "conv1 (1, 6, 28, 28)"):
        assert promised in done.stdout


def test_the_readme_opens_with_two_command_lines_that_set_everything_up():
    assert "pip install -r requirements.txt && python demo/app.py" in README
    assert "pip install -r tests/requirements.txt && python -m pytest" in README


def test_the_readme_makes_the_repository_a_space():
    front = README.split("---")[1]
    fields = dict(line.split(": ", 1) for line in front.strip().splitlines())
    assert fields["sdk"] == "gradio" and fields["app_file"] == "demo/app.py"
    assert (ROOT / fields["app_file"]).is_file() and fields["python_version"] == '"3.11"'
    assert fields["sdk_version"].split(".")[0] == gradio.__version__.split(".")[0]


def test_every_file_the_readme_shows_is_there():
    for name in re.findall(r"\]\((assets/[^)]+|[A-Z]+)\)", README):
        assert (ROOT / name).is_file(), name
