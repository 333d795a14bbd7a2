"""Cases of the article: `add` and `add_`, attributes, initialisers, NumPy; then its shapes."""

from demo.lessons.cases import article_shapes
from demo.lessons.cases.article_shapes import MAKE
from demo.lessons.cases.case import Case, Control, same

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

IN_PLACE = (
    Case(
        id="add-beside-add_",
        title="Which one writes into t, add or add_?",
        note="One underscore apart. Which names will change on each side?",
        code="t = torch.{start}({shape}{dtype})\nnew_t = t.{operation}({operand})",
        beside="t = torch.{start}({shape}{dtype})\nnew_t = t.{operation}_({operand})",
        headings=("{operation}", "{operation}_"),
        controls=(OPERATION, OPERAND, MAKE, SHAPE, DTYPE),
        step=1,
        compare=("new_t", "t"),
        after="Without the underscore a new tensor is made; with it t itself is written to, and "
        "comes back.",
    ),
    Case(
        id="view",
        title="Does a slice see what is written?",
        note="t[1:] is a slice of t. Line 3 works on t: does view see it?",
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
        after="A slice reads the cells of t, so it shows whatever is written there.",
    ),
    Case(
        id="chain",
        title="Does add_ after add change t?",
        note="Two calls in one line. What does t hold afterwards?",
        code="t = torch.ones(3)\nresult = t.{first}(5).{second}(1)",
        controls=(
            Control("first", "first", same("add", "add_")),
            Control("second", "then", same("add_", "add")),
        ),
        step=1,
        ask="value",
        about=("t",),
        compare=("result", "t"),
        after="Each call works on what the call before it gave back: only a chain of underscores "
        "reaches t.",
    ),
)
ATTRIBUTES = (
    Case(
        id="attributes",
        title="What shape does a single number have?",
        note="Every tensor has a shape, a dtype and a device. Watch what is printed.",
        code="t = torch.{start}({shape}{dtype})\nprint(t.shape, t.ndim)\nprint(t.dtype, t.device)\n"
        "matrix = torch.ones(2, 3)\nprint(matrix.shape, matrix.ndim)\nnumber = torch.tensor(3.)\n"
        "print(number.shape, number.ndim)",
        controls=(MAKE, SHAPE, DTYPE),
        step=5,
        ask="shape",
        about=("number",),
        compare=("t", "matrix"),
        after="torch.ones(3) has one dimension, and that one holds 3 numbers: its shape is [3]; a "
        "single number has no dimension at all.",
    ),
    Case(
        id="dtype",
        title="Which dtype do you get?",
        note="The dtype is the kind of number in the cells. You did not say which.",
        code="t = torch.tensor({data})\nkind = t.dtype",
        controls=(Control("data", "data", same("[1, 2]", "[1., 2.]", "[1, 2.]", "[True, False]")),),
        step=1,
        ask="value",
        about=("kind",),
        compare=("t", "t"),
        after="torch.tensor takes the dtype from the data: whole numbers int64, any point float32.",
    ),
    Case(
        id="mixed",
        title="What comes of an integer and a float?",
        note="An int64 tensor meets a float. The result has one dtype.",
        code="whole = torch.arange(3)\nresult = whole {sign} {other}\nkind = result.dtype",
        controls=(
            Control("sign", "operation", same("*", "/", ">")),
            Control("other", "other", same("2", "0.5", "torch.ones(3)")),
        ),
        step=2,
        ask="value",
        about=("kind",),
        compare=("result", "whole"),
        after="The dtype that can hold both wins; a division is always float, a comparison bool.",
    ),
    Case(
        id="device",
        title="Do two devices mix?",
        note="meta is a device without memory: shapes only, no numbers. near is on the cpu.",
        code="far = torch.ones(2, 3, device='meta')\nnear = torch.ones(2, 3)\n"
        "result = far + near{moved}",
        controls=(Control("moved", "near", (("as it is", ""), ("moved over", ".to('meta')"))),),
        step=2,
        ask="raises",
        compare=("far", "near"),
        after="Both operands have to be on one device, and .to() makes a copy there.",
    ),
)
MAKING = (
    Case(
        id="initialisers",
        title="What shape does each maker give?",
        note="Some take sizes, some take numbers to count through.",
        code="t = torch.{make}",
        controls=(
            Control(
                "make",
                "made by",
                same(
                    "eye(3)",
                    "arange(6)",
                    "zeros(2, 3)",
                    "ones(3)",
                    "full((2, 3), 7.)",
                    "rand(2, 3)",
                    "randn(3, 1)",
                    "linspace(0, 1, 5)",
                    "tensor([[1, 2, 3]])",
                ),
                free=True,
            ),
        ),
        step=0,
        ask="shape",
        about=("t",),
        compare=("t", "t"),
        after="ones, zeros, full, rand and randn take sizes; arange and linspace count; eye makes "
        "a square.",
    ),
    Case(
        id="empty",
        title="Is torch.empty full of zeros?",
        note="empty reserves memory and writes nothing. A ? stands for: never written.",
        code="t = torch.empty(3)\nt[0] = 5.\nt.zero_()",
        step=1,
        ask="value",
        about=("t",),
        compare=("t", "t"),
        after="Only the cell that you wrote is sure: the others hold whatever was there.",
    ),
    Case(
        id="seed",
        title="Are random numbers ever the same?",
        note="manual_seed sets where the random numbers start.",
        code="torch.manual_seed(0)\nfirst = torch.rand(3)\n{between}\nsecond = torch.rand(3)\n"
        "same = torch.equal(first, second)",
        controls=(
            Control(
                "between",
                "line 3",
                same("torch.manual_seed(0)", "torch.manual_seed(1)", "third = torch.rand(3)"),
            ),
        ),
        step=4,
        ask="value",
        about=("same",),
        compare=("first", "second"),
        after="The same seed starts the same row of numbers over again.",
    ),
    Case(
        id="like",
        title="What does zeros_like copy?",
        note="m holds whole numbers. What kind does z hold?",
        code="m = torch.ones(2, 3, dtype=torch.int64)\nz = torch.{make}\nkind = z.dtype",
        controls=(
            Control(
                "make",
                "z is",
                same("zeros_like(m)", "zeros(m.shape)", "ones_like(m)", "ones(2, 3)"),
            ),
        ),
        step=2,
        ask="value",
        about=("kind",),
        compare=("z", "m"),
        after="The makers in _like take shape, dtype and device from their tensor; the others only "
        "what you hand them.",
    ),
)
NUMPY = (
    Case(
        id="numpy",
        title="Which tensor sees what happens to the array?",
        note="Two ways from an array to a tensor. Which names will the last line change?",
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
        after="from_numpy reads the array's own memory, torch.tensor copies it, and = only moves a "
        "name.",
    ),
    Case(
        id="to-numpy",
        title="Is t.numpy() a copy?",
        note="The other way round: from a tensor to an array.",
        code="t = torch.ones(3)\na = t.{way}\nt.add_(1)",
        controls=(Control("way", "a is", same("numpy()", "clone().numpy()", "tolist()")),),
        step=2,
        compare=("a", "t"),
        after="numpy() hands out the tensor's own memory; clone() and tolist() copy first.",
    ),
)
CASES = (*IN_PLACE, *ATTRIBUTES, *MAKING, *NUMPY, *article_shapes.CASES)
