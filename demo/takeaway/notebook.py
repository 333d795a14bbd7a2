"""train.ipynb: the same program as train.py, a cell a chapter, with a text above each."""

from demo.takeaway.chapters import chapters
from demo.takeaway.plan import Plan
from demo.takeaway.script import promise, title
from demo.views.takeaway import notebook_of

HOW = {
    "drawn": "Put pictures.npz beside this notebook, then run its cells from top to bottom.",
    "batches": (
        "Write in the first cell where cifar-10-batches-py is, then run the cells from top to "
        "bottom."
    ),
    "folder": (
        "Write in the first cell where train/ and test/ are, then run the cells from top to bottom."
    ),
}


def notebook(plan: Plan) -> str:
    """The notebook as JSON (nbformat 4.5)."""
    head = f"# {title(plan)}\n\n{HOW[plan.data.kind]}\n\n{promise(plan)}"
    cells = [("markdown", head)]
    for chapter in chapters(plan, notebook=True):
        cells += [("markdown", f"## {chapter.title}\n\n{chapter.text}"), ("code", chapter.code)]
    return notebook_of(cells)
