"""Cases of the article on shapes: transposing, indexing and slicing, and operations on two."""

from demo.lessons.cases.case import Case, Control, same

MAKE = Control("start", "made by", same("ones", "zeros", "rand", "randn"))
MATRIX = "m = torch.arange(6.).reshape(2, 3)\n"

INDEXING = (
    Case(
        id="transpose",
        title="What does turning do to a shape?",
        note="m has 2 rows and 3 columns.",
        code=MATRIX + "turned = m.{turn}",
        controls=(
            Control(
                "turn",
                "turned is m.",
                same("T", "t()", "transpose(0, 1)", "reshape(3, 2)", "flatten()", "unsqueeze(0)"),
            ),
        ),
        step=1,
        ask="shape",
        about=("turned",),
        compare=("turned", "m"),
        after="T, t and transpose swap the two sizes; reshape gives the sizes that you ask for.",
    ),
    Case(
        id="transpose-write",
        title="Does writing into m.T reach m?",
        note="turned is m with rows and columns swapped.",
        code=MATRIX + "turned = m.T\nturned[0, 1] = 50.",
        step=2,
        compare=("turned", "m"),
        after="Nothing was moved: turned reads the cells of m with other strides.",
    ),
    Case(
        id="transpose-reshape",
        title="Are m.T and m.reshape(3, 2) the same?",
        note="Both have the shape [3, 2].",
        code=MATRIX + "turned = m.T",
        beside=MATRIX + "turned = m.reshape(3, 2)",
        headings=("T", "reshape"),
        step=1,
        ask="value",
        about=("turned",),
        compare=("turned", "m"),
        after="T swaps rows and columns; reshape keeps the order of the numbers.",
    ),
    Case(
        id="indexing",
        title="What shape does an index leave?",
        note="An index can be a number, a slice, a list of places or a mask.",
        code=MATRIX + "part = m[{index}]",
        controls=(
            Control(
                "index",
                "index",
                same("0", "0:1", ":, 1", ":, 1:", "0, 0", "..., 0", "None", "[0, 1, 1]", "m > 2"),
                free=True,
            ),
        ),
        step=1,
        ask="shape",
        about=("part",),
        compare=("part", "m"),
        after="Each whole number takes its dimension away, each slice keeps it, None adds one.",
    ),
    Case(
        id="one-number",
        title="Is m[0, 0] a number of its own?",
        note="first was read before m changed.",
        code=MATRIX + "first = m[0, 0]{copy}\nm[0, 0] = 9.",
        controls=(
            Control("copy", "first is m[0, 0]", (("as it is", ""), *same(".item()", ".clone()"))),
        ),
        step=2,
        ask="value",
        about=("first",),
        compare=("first", "m"),
        after="m[0, 0] is a view of one cell; item() and clone() take the number out.",
    ),
    Case(
        id="row",
        title="Does changing a row change the matrix?",
        note="row stands for the second row of m.",
        code=MATRIX + "row = m[1]\n{write}",
        controls=(
            Control(
                "write", "line 3", same("row = row * 0", "row *= 0", "row[:] = 0", "row.zero_()")
            ),
        ),
        step=2,
        compare=("row", "m"),
        after="What writes into the row's cells writes into m; row = ... only moves the name.",
    ),
    Case(
        id="permute",
        title="Where do the colours go?",
        note="A picture with rows, columns and colours. A net wants the colours first.",
        code="picture = torch.ones(32, 24, 3)\nready = picture.{change}",
        controls=(
            Control(
                "change",
                "ready is picture.",
                same(
                    "permute(2, 0, 1)", "permute(1, 2, 0)", "transpose(0, 2)", "reshape(3, 32, 24)"
                ),
            ),
        ),
        step=1,
        ask="shape",
        about=("ready",),
        compare=("ready", "picture"),
        after="permute lists the old dimensions in their new order; reshape gives the same shape "
        "but mixes up the pixels.",
    ),
)
OPERATIONS = (
    Case(
        id="sum",
        title="Which dimension does sum take away?",
        note="dim says along which dimension to add up.",
        code=MATRIX + "total = m.sum({dim})",
        controls=(Control("dim", "sum of", same("dim=0", "dim=1", "", "dim=0, keepdim=True")),),
        step=1,
        ask="shape",
        about=("total",),
        compare=("total", "m"),
        after="The dimension that you name is the one that goes.",
    ),
    Case(
        id="matmul",
        title="What shape has a matrix product?",
        note="Rows of the left meet columns of the right.",
        code="left = torch.ones({left})\nright = torch.ones({right})\nproduct = left @ right",
        controls=(
            Control("left", "left", same("2, 3", "3", "4, 2, 3"), free=True),
            Control("right", "right", same("3, 4", "3", "2, 3"), free=True),
        ),
        step=2,
        ask="shape",
        about=("product",),
        compare=("left", "right"),
        after="The inner sizes have to agree and vanish; the outer ones stay.",
    ),
    Case(
        id="stretch",
        title="A column plus a row: what shape?",
        note="Broadcasting: sizes of 1 are stretched, shapes are aligned at the right.",
        code="column = torch.ones({column})\nrow = torch.ones({row})\nresult = column + row",
        controls=(
            Control("column", "column", same("3, 1", "2, 1", "3"), free=True),
            Control("row", "row", same("4", "1, 4", "2, 3", "3"), free=True),
        ),
        step=2,
        ask="shape",
        about=("result",),
        compare=("column", "row"),
        after="From the right, sizes have to be equal or 1, and the larger one wins.",
    ),
    Case(
        id="cat",
        title="cat or stack: what shape?",
        note="Both join tensors. One needs a new dimension for it.",
        code="a = torch.ones(2, 3)\nb = torch.zeros(2, 3)\njoined = torch.{join}",
        controls=(
            Control(
                "join",
                "joined by",
                same("stack([a, b])", "cat([a, b])", "cat([a, b], dim=1)", "stack([a, b], dim=1)"),
            ),
        ),
        step=2,
        ask="shape",
        about=("joined",),
        compare=("joined", "a"),
        after="cat makes a dimension longer, stack makes a new one.",
    ),
    Case(
        id="operations",
        title="Does c get memory of its own?",
        note="c is made from a, and line 4 will write into it.",
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
        ask="storage",
        about=("c", "a"),
        compare=("c", "a"),
        after="Arithmetic fills memory of its own; slices, T and reshape read that of a.",
    ),
    Case(
        id="shapes",
        title="Which shapes can be added?",
        note="PyTorch says what is wrong; learn to read it.",
        code="a = torch.ones({left})\nb = torch.ones({right})\nc = a + b",
        controls=(
            Control("left", "shape of a", same("3", "2, 3", "3, 1"), free=True),
            Control("right", "shape of b", same("4", "3", "2", "2, 3", "1"), free=True),
        ),
        step=2,
        ask="raises",
        compare=("a", "b"),
        after="Aligned at the right, two sizes fit if they are equal or one of them is 1.",
    ),
)
CASES = (*INDEXING, *OPERATIONS)
