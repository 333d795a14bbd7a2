"""Where files live: caches and runs in the user's own folders, never in the checkout."""

import os
from pathlib import Path

import platformdirs

APP = "my-first-neural-net"
ASSETS = Path(__file__).resolve().parent.parent / "assets"


def cache_dir() -> Path:
    """The folder for what can be made again: decoded and downloaded pictures."""
    return Path(platformdirs.user_cache_dir(APP, appauthor=False))


def runs_dir() -> Path:
    """The folder for runs: CIFAR_RUNS where it is set, else the user's data folder."""
    chosen = os.environ.get("CIFAR_RUNS")
    return (
        Path(chosen) if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "runs"
    )
