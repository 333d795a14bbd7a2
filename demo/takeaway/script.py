"""train.py: a run as one file of plain PyTorch that prints the run's own losses."""

from demo.takeaway.chapters import chapters
from demo.takeaway.data_code import data_code
from demo.takeaway.net_code import net_code
from demo.takeaway.plan import Plan

MOST_LINES = 149  # what a beginner reads in one sitting

HOW = {
    "drawn": "Run it with `python train.py`; pictures.npz must lie beside it.",
    "batches": "Run it with `python train.py FOLDER`, the one that holds cifar-10-batches-py.",
    "folder": "Run it with `python train.py FOLDER`, the one that holds train/ and test/.",
}


def script(plan: Plan) -> str:
    """The whole file. Raises ValueError, a sentence: it would be too long."""
    first, *rest = chapters(plan)
    about = f'"""{title(plan)}\n\n{HOW[plan.data.kind]}\n{promise(plan)}"""'
    *functions, model, loop = (chapter.code for chapter in rest)
    text = "\n\n\n".join([f"{about}\n\n{first.code}", *functions, f"{model}\n\n{loop}\n"])
    check_length(plan, text)
    return text


def title(plan: Plan) -> str:
    """What the program is, in a line."""
    return f"Trains a small net on pictures: run {plan.run} of My First Neural Net as one file."


def promise(plan: Plan) -> str:
    """To what its losses are equal, and where."""
    about = plan.about
    if about["device"] != "cpu":
        return (
            f"The run computed on {about['device']}, this file does on the CPU: its losses differ "
            "from the run's\nin the last digits."
        )
    return (
        f"On the same machine, with PyTorch {about['torch']}, its losses are the run's, digit for "
        "digit."
    )


def check_length(plan: Plan, text: str) -> None:
    """Raises ValueError where the program is too long, with what makes it so."""
    lines = text.count("\n")
    if lines <= MOST_LINES:
        return
    net, data = (code(plan).count("\n") + 1 for code in (net_code, data_code))
    raise ValueError(
        f"The program of this run has {lines} lines, too many to read in one sitting: its net "
        f"takes {net}, its pictures {data}. The notebook has the same program in chapters."
    )
