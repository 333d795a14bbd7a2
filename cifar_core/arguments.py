"""A command line parser that says what is wrong in one line."""

import argparse


class Parser(argparse.ArgumentParser):
    """argparse, without the usage before its errors."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")
