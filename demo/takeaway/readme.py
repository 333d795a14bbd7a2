"""README.txt of a run that is taken away whole."""

from demo.run import Run

TEXT = """\
{name}
Run {id} of My First Neural Net.

{program}
config.json     its settings
events.jsonl    what happened, an event a line: the loss of each step, validation at epoch ends
result.json     how it ended, once it has
checkpoints/    the weights of some steps, and beside them what the optimiser keeps

The weights load into the net of train.py:

    from safetensors.torch import load_file
    model.load_state_dict(load_file("checkpoints/step-000001.safetensors"))
"""
PROGRAM = """\
train.py        this run as one file of plain PyTorch: it prints the same losses
pictures.npz    the pictures it was trained on, where they come with the program"""


def readme(run: Run, why: str) -> str:
    """The text. why: a sentence on why there is no train.py; "" where there is one."""
    return TEXT.format(name=run.name, id=run.id, program=why or PROGRAM)
