"""Ctrl-C before a program is ready: status 130 and one line, wherever it comes."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cifar_core.interrupts import ends_at_once

ROOT = Path(__file__).resolve().parents[2]
# an import that sends the signal and then swallows whatever is raised, as compiled modules do
BUSY = """
import signal
from cifar_core.interrupts import ends_at_once
with ends_at_once("this program"):
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        pass
print("went on")
"""


def started(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_it_ends_there_in_one_line():
    done = started(BUSY)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "this program: interrupted.\n"


def test_afterwards_it_is_python_s_again():
    with ends_at_once("this program"):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ends_at_once("this program"):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_changes_nothing():
    found = []

    def look():
        with ends_at_once("this program"):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]


def test_from_now_on_means_to_the_end_of_the_process():
    code = """
import atexit, signal
from cifar_core.interrupts import end_at_once
atexit.register(signal.raise_signal, signal.SIGINT)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    end_at_once("this program")
"""
    done = started(code)
    assert (done.returncode, done.stderr) == (130, "this program: interrupted.\n")
