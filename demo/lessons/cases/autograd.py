"""Cases on the graph: how it is made as the code runs, and what backward() leaves behind."""

from functools import partial

from demo.lessons.cases import case
from demo.lessons.cases.case import Control, same

Case = partial(case.Case, focus="graph")
WEIGHT = "w = torch.tensor(3., requires_grad=True)\n"

FORWARD_AND_BACKWARD = (
    Case(
        id="slope",
        title="What is a gradient?",
        note="The gradient of y says how fast y grows when x does.",
        code="x = torch.tensor({start}, requires_grad=True)\ny = {formula}\ny.backward()",
        controls=(
            Control("formula", "y is", same("x * x", "2 * x", "x * x + x", "5 - x"), free=True),
            Control("start", "x is", same("3.", "1.", "-2."), free=True),
        ),
        step=2,
        ask="value",
        about=("x.grad",),
        compare=("x", "x.grad"),
        after="backward() follows the graph from y to x and multiplies the slopes on its way.",
    ),
    Case(
        id="built-as-it-runs",
        title="What goes into the graph of an if?",
        note="Two branches, one runs. Which of them does the gradient come from?",
        code="x = torch.tensor({start}, requires_grad=True)\nif x > 2:\n    y = x * x\nelse:\n"
        "    y = x + 1\ny.backward()",
        controls=(Control("start", "x is", same("3.", "1."), free=True),),
        step=3,
        ask="value",
        about=("x.grad",),
        compare=("x", "x.grad"),
        after="Only the branch that ran is in the graph: start x elsewhere and the graph is "
        "another.",
    ),
    Case(
        id="loop-graph",
        title="Does a loop make the graph longer?",
        note="Twice around. y starts as x itself.",
        code="x = torch.tensor(2., requires_grad=True)\ny = x\nfor i in range(2):\n"
        "    y = {formula}\ny.backward()",
        controls=(Control("formula", "inside", same("y * x", "y + x", "2 * y"), free=True),),
        step=6,
        ask="value",
        about=("x.grad",),
        compare=("x", "x.grad"),
        after="Each time around adds an operation to the graph, and backward() goes back through "
        "them all.",
    ),
    Case(
        id="neuron-forward",
        title="What does a neuron compute?",
        note="Inputs times weights, summed up, plus a bias. What is score?",
        code="x = torch.tensor([1., 2.])\nw = torch.tensor([3., -1.], requires_grad=True)\n"
        "b = torch.tensor({bias}, requires_grad=True)\nscore = (w * x).sum() + b\n"
        "answer = torch.relu(score)",
        controls=(Control("bias", "bias", same("0.5", "-5.", "0."), free=True),),
        step=3,
        ask="value",
        about=("score",),
        compare=("score", "answer"),
        after="1 × 3 + 2 × -1 is 1, and the bias moves it up or down.",
    ),
    Case(
        id="neuron-backward",
        title="What does a neuron learn from?",
        note="The same neuron, backwards: the gradient of each weight.",
        code="x = torch.tensor([1., 2.])\nw = torch.tensor([3., -1.], requires_grad=True)\n"
        "b = torch.tensor({bias}, requires_grad=True)\n"
        "answer = torch.relu((w * x).sum() + b)\nanswer.backward()",
        controls=(Control("bias", "bias", same("0.5", "-5."), free=True),),
        step=4,
        ask="value",
        about=("w.grad",),
        compare=("w", "w.grad"),
        after="A weight counts as much as its input; where ReLU gives 0, nothing comes back.",
    ),
    Case(
        id="used-twice",
        title="What if w is used twice?",
        note="w goes into y by two ways.",
        code="w = torch.tensor(3., requires_grad=True)\na = 2 * w\nb = w * w\ny = a + b\n"
        "y.backward()",
        step=4,
        ask="value",
        about=("w.grad",),
        compare=("w", "w.grad"),
        after="The gradients of both ways add up.",
    ),
)
GRADIENTS = (
    Case(
        id="zero-grad",
        title="Why zero_grad?",
        note="Three times the same backward(). What is in w.grad after the last?",
        code=WEIGHT + "sgd = optim.SGD([w], lr=0.1)\n(2 * w).backward()\n(2 * w).backward()\n"
        "(2 * w).backward()\nsgd.zero_grad()",
        step=4,
        ask="value",
        about=("w.grad",),
        compare=("w", "w.grad"),
        after="2, then 4, then 6: gradients pile up until zero_grad() drops them.",
    ),
    Case(
        id="leaf-grad",
        title="Who gets a gradient?",
        note="h stands between w and y. Does it keep a gradient?",
        code=WEIGHT + "h = 2 * w\n{keep}\ny = h * h\ny.backward()\nslope = h.grad",
        controls=(Control("keep", "line 3", same("print(h)", "h.retain_grad()")),),
        step=5,
        ask="value",
        about=("slope",),
        compare=("w", "h"),
        after="Gradients are kept at leaves, the tensors that you made; elsewhere only after "
        "retain_grad().",
    ),
    Case(
        id="detach-or-clone",
        title="clone or detach: does the gradient get through?",
        note="Both give other the numbers of w.",
        code="w = torch.ones(2, requires_grad=True)\nother = w.clone()\n"
        "(3 * other).sum().backward()",
        beside="w = torch.ones(2, requires_grad=True)\nother = w.detach()\n"
        "(3 * other).sum().backward()",
        headings=("clone", "detach"),
        step=2,
        ask="raises",
        compare=("other", "w"),
        after="clone is an operation of the graph; detach cuts other off from it.",
    ),
    Case(
        id="detach-memory",
        title="clone or detach: whose memory?",
        note="free can be written to. Does w change too?",
        code="w = torch.ones(3, requires_grad=True)\nfree = w.detach()\nfree.zero_()",
        beside="w = torch.ones(3, requires_grad=True)\nfree = w.detach().clone()\nfree.zero_()",
        headings=("detach", "detach, clone"),
        step=2,
        compare=("free", "w"),
        after="detach cuts the history and keeps the memory; clone has memory of its own.",
    ),
    Case(
        id="no-grad",
        title="What does no_grad leave out?",
        note="The same line, with and without the graph being noted.",
        code=WEIGHT + "with torch.{mode}():\n    y = w * w\ny.backward()",
        controls=(Control("mode", "inside", same("no_grad", "enable_grad")),),
        step=3,
        ask="raises",
        compare=("w", "y"),
        after="Under no_grad the number is computed and nothing is noted, so there is no way back.",
    ),
)
UPDATES = (
    Case(
        id="update",
        title="How does a weight take a step?",
        note="Against its gradient, 0.1 times as far. What is w after line 4?",
        code=WEIGHT + "(w * w).backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad\n"
        "w.grad = None",
        step=3,
        ask="value",
        about=("w",),
        compare=("w", "w.grad"),
        after="The slope of w * w at 3 is 6, so w goes down by 0.6; no_grad keeps that out of the "
        "graph.",
    ),
    Case(
        id="sgd-step",
        title="What does step() write to?",
        note="A layer learns for two rounds. Which names change in line 7?",
        code="layer = nn.Linear(2, 1)\nsgd = optim.SGD(layer.parameters(), lr=0.1)\n"
        "for turn in range(2):\n    sgd.zero_grad()\n"
        "    loss = layer(torch.ones(1, 2)).square().sum()\n    loss.backward()\n    sgd.step()",
        step=6,
        compare=("layer.weight", "layer.weight.grad"),
        after="step() moves the parameters in place and leaves the gradients as they are.",
    ),
    Case(
        id="loss-falls",
        title="Does one step make the loss smaller?",
        note="The same layer, the same input: loss before and loss after.",
        code="layer = nn.Linear(1, 1)\nsgd = optim.SGD(layer.parameters(), lr={rate})\n"
        "before = layer(torch.ones(1, 1)).square().sum()\nbefore.backward()\nsgd.step()\n"
        "after = layer(torch.ones(1, 1)).square().sum()\nbetter = bool(after < before)",
        controls=(Control("rate", "lr", same("0.1", "1.", "0.001"), free=True),),
        step=6,
        ask="value",
        about=("better",),
        compare=("before", "after"),
        after="A small step downhill helps; one that is too large jumps to the other side.",
    ),
)
CASES: tuple[case.Case, ...] = (*FORWARD_AND_BACKWARD, *GRADIENTS, *UPDATES)
