"""python demo/app.py: reads flags, builds the page, serves it. Only this file knows launch().

Child processes run this file's top again, so nothing heavy is imported there.
"""

import argparse
import errno
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # python puts demo/ there, not the folder that holds cifar_core
    sys.path.insert(0, str(ROOT))

ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",  # before torch: threads that wait must not spin
    "OMP_NUM_THREADS": "1",  # of the server; a run sets its own number
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",  # else 6 to 15 ms of statistics an event
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "HF_HUB_OFFLINE": "1",
}


def main(arguments: list[str] | None = None) -> None:
    """Serves the page until Ctrl-C."""
    from cifar_core.interrupts import end_at_once, ends_at_once

    options = _parser().parse_args(arguments)
    with ends_at_once("app.py"):
        try:
            url, close = serve(options)
        except (ValueError, OSError) as error:
            sys.exit(f"app.py: {error}")
    print(f"My First Neural Net is at {url}", flush=True)
    try:
        while True:
            time.sleep(3600)  # Ctrl-C wakes it; on Windows it would not wake a lock
    except KeyboardInterrupt:
        end_at_once("app.py")  # a second Ctrl-C, while it closes
        close()


def serve(options: argparse.Namespace) -> tuple[str, Callable[[], None]]:
    """Starts the server; returns its URL and a function that ends it and its runs.

    Raises ValueError where the data does not fit, OSError where the port is taken.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from demo.page import PAGE_LOOK, build_page
    from demo.server import Server

    _check_address(options.host, options.port)
    _check_runs(options.runs)
    server = Server(options.data, options.runs, options.max_runs, options.runs_each)
    try:
        page = build_page(server)
        url = _launch(page, server, options, PAGE_LOOK)
    except BaseException:
        server.close()
        raise

    def close():
        server.close()  # first: it ends the streams, for which the page would wait
        page.close(verbose=False)

    return url, close


def _check_address(host: str | None, port: int | None) -> None:
    """Raises ValueError where nothing can listen there; Gradio's own error speaks of its code."""
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(
            host or "127.0.0.1", port or 0, type=socket.SOCK_STREAM
        )
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            tried.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            end = "give another --port, or end the program that uses it."
            raise ValueError(f"Port {port} is taken: {end}") from None
        if error.errno == errno.EACCES:
            raise ValueError(f"Port {port} is the system's: give a --port from 1024 on.") from None
        raise ValueError(f"--host {host} is no address of this machine.") from None


def _in_an_address(host: str | None) -> str | None:
    """The host as it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if host and ":" in host else host


def _check_runs(folder: Path | None) -> None:
    """Raises ValueError where no run can be kept in the folder; makes it if it is not there."""
    from cifar_core.paths import runs_dir

    folder = folder or runs_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        why = f"Runs cannot be kept in {folder} ({error.strerror})"
        raise ValueError(f"{why}: give another folder with --runs.") from None


def _launch(page, server, options: argparse.Namespace, look: dict) -> str:
    """Serves the page from threads of this process, and returns its URL."""
    from starlette.middleware import Middleware

    from demo.guard import Guard

    page.queue(api_open=False, max_size=200, default_concurrency_limit=8)
    _, url, _ = page.launch(
        server_name=_in_an_address(options.host),
        server_port=options.port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        max_file_size="20mb",
        state_session_capacity=300,
        app_kwargs={"routes": server.routes(), "middleware": [Middleware(Guard)]},
        **look,
    )
    return url


def options(*arguments: str) -> argparse.Namespace:
    """The options that these command line arguments and the environment give."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    from cifar_core.arguments import Parser

    parser = Parser(prog="app.py", description="Serves My First Neural Net.")
    env = os.environ.get
    parser.add_argument("--host", default=env("GRADIO_SERVER_NAME"), help="address to listen on")
    port = env("GRADIO_SERVER_PORT") or None
    parser.add_argument("--port", type=_port, default=port, help="port")
    parser.add_argument("--data", default=env("CIFAR_DATA"), help="folder with pictures")
    runs = env("CIFAR_RUNS") or None
    parser.add_argument("--runs", type=Path, default=runs, help="where runs are kept")
    parser.add_argument("--max-runs", type=int, default=None, help="runs that train at once")
    each = "runs that one address may have: a class behind a router is one address"
    parser.add_argument("--runs-each", type=_amount, default=None, help=each)
    return parser


def _amount(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")
    return int(text)


if __name__ == "__main__":
    main()
