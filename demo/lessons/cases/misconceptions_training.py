"""Cases on what learners believe of dtypes and broadcasting, of gradients and losses."""

from demo.lessons.cases.case import Case, Control, same

NUMBERS = (
    Case(
        id="capital-tensor",
        title="“torch.Tensor(3) is the number 3”",
        note="A capital letter apart. What shape?",
        code="t = torch.Tensor(3)",
        beside="t = torch.tensor(3)",
        headings=("Tensor", "tensor"),
        step=0,
        ask="shape",
        about=("t",),
        compare=("t", "t"),
        after="Tensor takes sizes and writes nothing into its cells; tensor takes data.",
    ),
    Case(
        id="integer-in-place",
        title="“What add can do, add_ can do”",
        note="t holds whole numbers, int64.",
        code="t = torch.arange(3)\nresult = t.add({number})",
        beside="t = torch.arange(3)\nresult = t.add_({number})",
        headings=("add", "add_"),
        controls=(Control("number", "number", same("0.5", "5", "2.0")),),
        step=1,
        ask="raises",
        compare=("result", "t"),
        after="add makes a float tensor where it has to; in place, the cells keep their dtype.",
    ),
    Case(
        id="grow-in-place",
        title="“Broadcasting works for add_ as for add”",
        note="small has 3 numbers, large 6.",
        code="small = torch.ones(3)\nlarge = torch.ones(2, 3)\nresult = {left}.add({right})",
        beside="small = torch.ones(3)\nlarge = torch.ones(2, 3)\nresult = {left}.add_({right})",
        headings=("add", "add_"),
        controls=(
            Control("left", "left", same("small", "large")),
            Control("right", "right", same("large", "small")),
        ),
        step=2,
        ask="shape",
        about=("result",),
        compare=("small", "large"),
        after="In place a tensor cannot grow: its cells are all that there are.",
    ),
)
TRAINING = (
    Case(
        id="grad-overwritten",
        title="“backward() overwrites .grad”",
        note="The slope of 2 * w is 2, each time. What is in w.grad after line 3?",
        code="w = torch.tensor(3., requires_grad=True)\n(2 * w).backward()\n(2 * w).backward()\n"
        "(2 * w).backward()",
        step=2,
        ask="value",
        about=("w.grad",),
        compare=("w", "w.grad"),
        after="backward() adds to what is there already.",
        focus="graph",
    ),
    Case(
        id="zero-grad-none",
        title="“zero_grad() sets .grad to 0”",
        note="The name says zero.",
        code="w = torch.tensor(3., requires_grad=True)\nsgd = optim.SGD([w], lr=0.1)\n"
        "(2 * w).backward()\nsgd.zero_grad({how})",
        controls=(Control("how", "with", (("nothing", ""), *same("set_to_none=False"))),),
        step=3,
        ask="value",
        about=("w.grad",),
        compare=("w", "w.grad"),
        after="By default the gradient is dropped, not zeroed: that saves memory.",
        focus="graph",
    ),
    Case(
        id="update-rebinds",
        title="“w = w - step is how to update w”",
        note="A leaf is a tensor that you made and whose gradient is kept. Is w still one?",
        code="w = torch.tensor(2., requires_grad=True)\n(w * w).backward()\n"
        "step = 0.1 * w.grad\nw = w - step\nleaf = w.is_leaf",
        beside="w = torch.tensor(2., requires_grad=True)\n(w * w).backward()\n"
        "with torch.no_grad():\n    w -= 0.1 * w.grad\nleaf = w.is_leaf",
        headings=("w = w - step", "no_grad, -="),
        step=4,
        ask="value",
        about=("leaf",),
        compare=("w", "w"),
        after="w = w - step is the result of a calculation: its grad stays None, so the next step "
        "has nothing to go by.",
        focus="graph",
    ),
    Case(
        id="double-softmax",
        title="“Softmax before cross-entropy does no harm”",
        note="The scores are as sure and as right as can be. How large is the loss?",
        code="scores = 100 * torch.eye(10)[:1]\nlabel = torch.tensor([0])\n"
        "loss = F.cross_entropy(scores, label)",
        beside="scores = 100 * torch.eye(10)[:1]\nlabel = torch.tensor([0])\n"
        "loss = F.cross_entropy(scores.softmax(dim=1), label)",
        headings=("scores", "softmax"),
        step=2,
        ask="value",
        about=("loss",),
        compare=("loss", "loss"),
        after="cross_entropy applies softmax itself; twice, the loss of ten classes cannot go "
        "below 1.4612.",
    ),
    Case(
        id="loss-shapes",
        title="“The loss is a number, so the shapes were right”",
        note="4 predictions, 4 targets.",
        code="prediction = torch.zeros(4, 1)\ntarget = torch.tensor([1., 2., 3., 4.])\n"
        "loss = F.mse_loss(prediction, target)",
        step=2,
        ask="raises",
        compare=("prediction", "target"),
        after="PyTorch only warns: every prediction was compared with every target.",
    ),
    Case(
        id="loss-broadcast",
        title="“4 predictions minus 4 targets are 4 differences”",
        note="What a loss does inside. One has a column, the other a row.",
        code="prediction = torch.zeros(4, 1)\ntarget = torch.tensor([1., 2., 3., 4.])\n"
        "difference = prediction{fix} - target",
        controls=(Control("fix", "prediction", (("as it is", ""), *same(".squeeze(1)"))),),
        step=2,
        ask="shape",
        about=("difference",),
        compare=("prediction", "target"),
        after="A column and a row are stretched to a whole table.",
    ),
)
CASES = (*NUMBERS, *TRAINING)
