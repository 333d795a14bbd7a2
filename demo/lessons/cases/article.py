"""Cases of the article: attributes, initialisers, NumPy, shapes and indexing, `add` and `add_`."""

from demo.lessons.cases.case import Case, Control, same

MAKE = Control("start", "made by", same("ones", "zeros", "rand", "randn"))
SHAPE = Control("shape", "shape", (*same("3", "4", "2, 3", "1"), ("() a number", "()")), free=True)
DTYPE = Control(
    "dtype",
    "dtype",
    (("float32", ""), *((name, f", dtype=torch.{name}") for name in ("float64", "int64", "bool"))),
)
PLAIN = ("add", "sub", "mul", "div", "pow")
OPERATION = Control("operation", "operation", same(*PLAIN))
EITHER = Control("operation", "operation", same(*(name for op in PLAIN for name in (f"{op}_", op))))
OPERAND = Control(
    "operand", "operand", same("5", "0.5", "torch.ones(3)", "torch.ones(2, 3)"), free=True
)

CASES = (
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
            Control("shape", "shape", same("3", "4", "2, 3"), free=True),
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
                same("a += 1", "a = a + 1", "shared.add_(1)", "copied.add_(1)"),
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
                same(
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
            Control("sign", "operation", same("+", "-", "*", "/")),
            Control(
                "operand",
                "operand",
                same("1", "0.5", "torch.ones(3)", "torch.ones(2, 3)"),
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
            Control("left", "shape of a", same("3", "2, 3", "3, 1"), free=True),
            Control("right", "shape of b", same("4", "3", "2", "2, 3", "1"), free=True),
        ),
        step=2,
        compare=("a", "b"),
    ),
)
