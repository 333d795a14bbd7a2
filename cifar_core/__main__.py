"""The command line: python -m cifar_core {train,evaluate,calibrate,predict,trace,data}.

Every error is one line on stderr and a non-zero exit; with --json, stdout holds one JSON document.
"""

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: idle threads must not spin

from cifar_core.arguments import Parser  # noqa: E402
from cifar_core.commands import calibrate, data, evaluate, predict, trace, train  # noqa: E402
from cifar_core.commands.output import sentence  # noqa: E402
from cifar_core.interrupts import ends_at_once  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    with ends_at_once(f"cifar_core {options.command}"):
        import torch  # noqa: F401  # seconds, in which a KeyboardInterrupt would do harm
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        print(f"cifar_core {options.command}: interrupted.", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError, MemoryError) as error:
        print(f"cifar_core {options.command}: {sentence(error)}", file=sys.stderr)
        return 1


def _parser() -> Parser:
    parser = Parser(prog="cifar_core", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (train, evaluate, calibrate, predict, trace, data):
        command.add(commands)
    return parser


if __name__ == "__main__":
    if sys.stdout:  # None where it was closed
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # file names
    sys.exit(main())
