"""The cases of the Tensors tab as data: code with places that its controls fill in.

What the code does is not said here: the tab runs it and computes every answer from the trace.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """One choice that edits the code.

    options: (what the learner reads, what stands in the code).
    free: other text in its place, typed by hand, is still this case.
    """

    id: str
    label: str
    options: tuple[tuple[str, str], ...]
    free: bool = False


@dataclass(frozen=True)
class Case:
    """A snippet to predict and step through.

    code: with a {control} for each of its controls, which start at their first option.
    beside: the same snippet written another way, run and drawn beside it; "" for none.
    headings: what the two are called.
    step: how many lines have run when the case opens.
    compare: the two names that are compared at first.
    """

    id: str
    title: str
    note: str
    code: str
    controls: tuple[Control, ...]
    step: int
    compare: tuple[str, str]
    beside: str = ""
    headings: tuple[str, str] = ("", "")


def _same(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, code) for code in codes)


MAKE = Control("start", "made by", _same("ones", "zeros", "rand", "randn"))
SHAPE = Control("shape", "shape", (*_same("3", "4", "2, 3", "1"), ("() a number", "()")), free=True)
DTYPE = Control(
    "dtype",
    "dtype",
    (("float32", ""), *((name, f", dtype=torch.{name}") for name in ("float64", "int64", "bool"))),
)
PLAIN = ("add", "sub", "mul", "div", "pow")
OPERATION = Control("operation", "operation", _same(*PLAIN))
EITHER = Control(
    "operation", "operation", _same(*(name for op in PLAIN for name in (f"{op}_", op)))
)
OPERAND = Control(
    "operand", "operand", _same("5", "0.5", "torch.ones(3)", "torch.ones(2, 3)"), free=True
)

CASES: tuple[Case, ...] = (
    Case(
        id="add-beside-add_",
        title="add and add_ side by side",
        note="One underscore apart. Which of the two writes into t?",
        code="t = torch.{start}({shape}{dtype})\nnew_t = t.{operation}({operand})",
        beside="t = torch.{start}({shape}{dtype})\nnew_t = t.{operation}_({operand})",
        headings=("{operation}", "{operation}_"),
        controls=(OPERATION, OPERAND, MAKE, SHAPE, DTYPE),
        step=1,
        compare=("new_t", "t"),
    ),
    Case(
        id="view",
        title="a view sees it",
        note="t[1:] is a slice of t. Line 3 writes into t: does view see it?",
        code="t = torch.{start}({shape})\nview = t[1:]\n"
        "new_t = t.{operation}({operand})\nother = t.add(1)",
        controls=(
            EITHER,
            OPERAND,
            MAKE,
            Control("shape", "shape", _same("3", "4", "2, 3"), free=True),
        ),
        step=2,
        compare=("view", "t"),
    ),
    Case(
        id="attributes",
        title="attributes",
        note="torch.ones(3) has one dimension, and that one holds 3 numbers: its shape is [3].",
        code="t = torch.{start}({shape}{dtype})\nprint(t.shape, t.ndim)\nprint(t.dtype, t.device)\n"
        "matrix = torch.ones(2, 3)\nprint(matrix.shape, matrix.ndim)\nnumber = torch.tensor(3.)\n"
        "print(number.shape, number.ndim)",
        controls=(MAKE, SHAPE, DTYPE),
        step=1,
        compare=("t", "matrix"),
    ),
    Case(
        id="numpy",
        title="NumPy kinship",
        note="Two ways from an array to a tensor. Which of them sees what the last line does?",
        code="a = np.ones(3)\nshared = torch.from_numpy(a)\ncopied = torch.tensor(a)\n{write}",
        controls=(
            Control(
                "write",
                "last line",
                _same("a += 1", "a = a + 1", "shared.add_(1)", "copied.add_(1)"),
            ),
        ),
        step=3,
        compare=("shared", "a"),
    ),
    Case(
        id="operations",
        title="operations",
        note="Pick what c is. Does it get memory of its own, or read that of a?",
        code="a = torch.arange(6.).reshape(2, 3)\nb = torch.{start}(2, 3)\nc = {result}\nc += 10",
        controls=(
            Control(
                "result",
                "c is",
                _same(
                    "a + b",
                    "a * b",
                    "a @ b.T",
                    "a @ b",
                    "a > 2",
                    "a.sum()",
                    "a.sum(dim=0)",
                    "a[0]",
                    "a[:, 1:]",
                    "a[[0, 1]]",
                    "a.T",
                    "a.reshape(3, 2)",
                ),
                free=True,
            ),
            MAKE,
        ),
        step=2,
        compare=("c", "a"),
    ),
    Case(
        id="rebind",
        title="t + 1 against t += 1",
        note="They give t the same values. What happens to alias tells them apart.",
        code="t = torch.{start}({shape}{dtype})\nalias = t\nt = t {sign} {operand}",
        beside="t = torch.{start}({shape}{dtype})\nalias = t\nt {sign}= {operand}",
        headings=("=", "{sign}="),
        controls=(
            Control("sign", "operation", _same("+", "-", "*", "/")),
            Control(
                "operand",
                "operand",
                _same("1", "0.5", "torch.ones(3)", "torch.ones(2, 3)"),
                free=True,
            ),
            MAKE,
            SHAPE,
            DTYPE,
        ),
        step=2,
        compare=("t", "alias"),
    ),
    Case(
        id="shapes",
        title="shapes that do not fit",
        note="PyTorch says what is wrong; learn to read it. Which shapes can be added?",
        code="a = torch.ones({left})\nb = torch.ones({right})\nc = a + b",
        controls=(
            Control("left", "shape of a", _same("3", "2, 3", "3, 1"), free=True),
            Control("right", "shape of b", _same("4", "3", "2", "2, 3", "1"), free=True),
        ),
        step=2,
        compare=("a", "b"),
    ),
    Case(
        id="own",
        title="your own code",
        note="Edit the code and run it. torch, np, nn, F and optim are there.",
        code="",
        controls=(),
        step=0,
        compare=("", ""),
    ),
)
