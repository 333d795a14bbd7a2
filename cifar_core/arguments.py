"""A command line parser that says what is wrong in one line."""

import argparse
import os


class Parser(argparse.ArgumentParser):
    """argparse, without the usage before its errors. Under torchrun one process speaks."""

    def error(self, message: str):
        first = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun starts
        self.exit(2, f"{self.prog}: {message}\n" if first else None)
