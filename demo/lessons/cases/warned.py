"""Cases that run to their end and only warn: the result is there, and likely not what was meant."""

from demo.lessons.cases.case import Case

CASES = (
    Case(
        id="warning-mse-shapes",
        title="a column against a vector",
        note="Four predictions, four targets, and every prediction is right. So the loss is ...",
        code="predictions = torch.tensor([[1.], [2.], [3.], [4.]])\n"
        "targets = torch.tensor([1., 2., 3., 4.])\nloss = F.mse_loss(predictions, targets)",
        step=2,
        ask="value",
        about=("loss",),
        compare=("predictions", "targets"),
        after="[4, 1] and [4] broadcast to [4, 4], so each prediction meets every target.",
    ),
    Case(
        id="warning-grad-of-computed",
        title="the gradient of an updated weight",
        note="One step of gradient descent, written as in a textbook. Then print the gradient.",
        code="w = torch.ones(2, requires_grad=True)\nloss = (w * w).sum()\nloss.backward()\n"
        "w = w - 0.1 * w.grad\nprint(w.grad)",
        step=4,
        ask="raises",
        compare=("w", "loss"),
        after="w = made a new tensor, which is no leaf: its .grad is None, and a warning says so.",
    ),
    Case(
        id="warning-tensor-of-tensor",
        title="torch.tensor of a tensor",
        note="A backup is made the way tensors are made from lists.",
        code="weights = torch.ones(3)\nbackup = torch.tensor(weights)",
        step=1,
        ask="storage",
        about=("backup", "weights"),
        compare=("backup", "weights"),
        after="It copies, as with a list; PyTorch asks you to write the copy as a copy.",
    ),
    Case(
        id="warning-from-numpy-locked",
        title="an array for reading only",
        note="broadcast_to shows one row as two, and NumPy locks what it shows.",
        code="row = np.ones(3)\nrows = np.broadcast_to(row, (2, 3))\n"
        "tensor = torch.from_numpy(rows)",
        step=2,
        ask="raises",
        compare=("tensor", "rows"),
        after="Tensors know no lock, so a write through this one would break NumPy's promise.",
    ),
)
