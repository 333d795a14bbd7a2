"""The walkthrough's texts, from the big picture to a classified drawing. Only words and settings.

What they say about values is checked in tests/demo/test_lessons.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """One step: it explains, sets up its tab and asks one question.

    id: what ?lesson=ID opens.
    tab: tensors, training or classify.
    text: paragraphs, at most 60 words together; `code` stands in backticks, a *new term* in stars.
    show: what the tab is given. tensors: code, and step, how many steps have run; or case, an id.
        training: model, lr, batch, epochs, seed, and action (step or start) where it acts at once.
        classify: example or drawing, a class's name, and model, a net's.
    answer: position of the right one in choices.
    because: why, in a sentence or two.
    """

    id: str
    title: str
    tab: str
    text: tuple[str, ...]
    show: dict[str, str | int | float]
    question: str
    choices: tuple[str, ...]
    answer: int
    because: str


_RUN = {"model": "tutorial", "lr": 0.01, "batch": 32, "epochs": 3, "seed": 0}

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        id="what-we-build",
        title="What we will build",
        tab="classify",
        text=(
            "A small picture goes in; out come ten probabilities: airplane, cat, frog and seven "
            "more.",
            "A *neural net* is a function full of adjustable numbers. *Training* adjusts them "
            "until the answers fit the examples. You will meet the parts, then watch a net learn, "
            "then have it judge your drawing.",
        ),
        show={"example": "frog"},
        question="Before any training: how often does a net pick the right one of ten classes?",
        choices=("never", "about 1 time in 10", "about half of the time"),
        answer=1,
        because="Its numbers start at random, so it guesses, and one guess in ten is right. All "
        "that it can do beyond that comes from training.",
    ),
    Lesson(
        id="why-pytorch",
        title="Why PyTorch",
        tab="tensors",
        text=(
            "PyTorch runs your code line by line, as plain Python. Where a *tensor*, an array of "
            "numbers of one kind, has `requires_grad` set, it also notes each operation that ran.",
            "These notes are the *graph*. Training follows it back to learn how each number "
            "influenced the result. Here an `if` decides what goes into it.",
        ),
        show={
            "code": "x = torch.tensor(3.0)\n"
            "x.requires_grad = True\n"
            "if x > 2:\n"
            "    y = x * x\n"
            "else:\n"
            "    y = x + 1",
            "step": 3,
        },
        question="`y = x * x` if `x > 2`, else `y = x + 1`. With `x` at 3, what is in the graph "
        "of `y`?",
        choices=("the multiplication", "the addition", "both, and the choice between them"),
        answer=0,
        because="Only what ran is noted: `y.grad_fn` is a `MulBackward0`. Start with `x` at 1 and "
        "it is an `AddBackward0`.",
    ),
    Lesson(
        id="attributes",
        title="What a tensor is",
        tab="tensors",
        text=(
            "Three attributes describe a tensor: `shape`, its size along each dimension; `dtype`, "
            "the kind of number, here `float32`; and `device`, where it lives: `cpu`, or a "
            "graphics card, `cuda`.",
            "A *dimension* is a direction to count in, such as rows or columns.",
        ),
        show={
            "code": "t = torch.ones(3)\nm = torch.ones(2, 3)\n"
            "t_dimensions = t.ndim\nm_dimensions = m.ndim",
            "step": 2,
        },
        question="How many dimensions does `torch.ones(3)` have?",
        choices=("one, of size 3", "three, of size 1", "none, it is a number"),
        answer=0,
        because="Its shape is `[3]`: one entry, so one dimension, and the entry is its size. "
        "`torch.ones(2, 3)` has two: 2 rows, 3 columns.",
    ),
    Lesson(
        id="numpy",
        title="NumPy, its relative",
        tab="tensors",
        text=(
            "*NumPy* is Python's older library of arrays. Tensors work much the same; new are the "
            "graph and the graphics card.",
            "`torch.from_numpy(a)` reads the very memory of `a`; `torch.tensor(a)` copies it. "
            "Both keep NumPy's `float64`; PyTorch's own default is `float32`.",
        ),
        show={
            "code": "a = np.ones(3)\nshared = torch.from_numpy(a)\n"
            "copied = torch.tensor(a)\na += 1",
            "step": 3,
        },
        question="`a` holds ones. What do the two tensors hold after `a += 1`?",
        choices=("`shared` 2, `copied` 1", "`shared` 2, `copied` 2", "`shared` 1, `copied` 1"),
        answer=0,
        because="`+=` writes into the memory of `a`, and `shared` reads that memory. `copied` has "
        "its own.",
    ),
    Lesson(
        id="operations",
        title="Operations",
        tab="tensors",
        text=(
            "`torch.arange(6)` makes 0 to 5. `m[0]` is a row, the *slice* `m[:, 1:]` all rows, "
            "columns from 1 on; `m.T` turns rows into columns.",
            "Arithmetic goes number by number and makes a new tensor. Slices and `.T` make a "
            "*view*: the same memory, read in another way.",
        ),
        show={
            "code": "m = torch.arange(6).reshape(2, 3)\n"
            "part = m[:, 1:]\n"
            "turned = m.T\n"
            "times = m * 10",
            "step": 1,
        },
        question="Which of these has memory of its own?",
        choices=("`part = m[:, 1:]`", "`turned = m.T`", "`times = m * 10`"),
        answer=2,
        because="Arithmetic fills new memory. The slice and the transpose are views: write into "
        "them and `m` changes too.",
    ),
    Lesson(
        id="in-place",
        title="In place: add or add_",
        tab="tensors",
        text=(
            "Most operations leave their tensor alone: `t.add(5)` computes a new one. A name that "
            "ends in `_` works *in place*: `t.add_(5)` writes into the memory of `t` itself, so "
            "each name over that memory shows the change.",
        ),
        show={"case": "add-beside-add_"},
        question="`new_t = t.add(5)`, or `t.add_(5)`: when is `new_t` the tensor `t` itself?",
        choices=("after `add`", "after `add_`", "never, both are copies"),
        answer=1,
        because="`add_` changes `t` and gives it back, so `new_t is t`. After `add`, `new_t` has "
        "memory of its own and `t` is still ones.",
    ),
    Lesson(
        id="layers",
        title="The net: layers",
        tab="tensors",
        text=(
            "`torch.nn` holds the building blocks. A *layer* is a function with *parameters*: "
            "numbers of its own, the ones that training adjusts. `nn.Linear(4, 2)` takes 4 "
            "numbers and gives 2, each a weighted sum of the 4 plus a *bias*, one more number.",
            "Sending data through is the *forward* pass.",
        ),
        show={
            "code": "layer = nn.Linear(4, 2)\nx = torch.ones(1, 4)\ny = layer(x)",
            "step": 2,
        },
        question="How many parameters does `nn.Linear(4, 2)` have?",
        choices=("6", "8", "10"),
        answer=2,
        because="Each of its 2 results has 4 weights and a bias: 2 × 4 weights and 2 biases.",
    ),
    Lesson(
        id="shapes",
        title="The net: shapes",
        tab="tensors",
        text=(
            "*Convolution* slides a small window of weights over the picture, *ReLU* turns "
            "negatives into 0, *pooling* keeps the largest of every 2 × 2. Twice over: `[3, 32, "
            "32]` → `[6, 14, 14]` → `[16, 5, 5]`. In a row, these go through linear layers: "
            "120, 84, then 10 results. The net has 62,006 parameters in all.",
        ),
        show={
            "code": "x = torch.rand(3, 32, 32)\n"
            "x = nn.Conv2d(3, 6, 5)(x)\nx = F.max_pool2d(F.relu(x), 2)\n"
            "x = nn.Conv2d(6, 16, 5)(x)\nx = F.max_pool2d(F.relu(x), 2)\n"
            "row = x.flatten()",
            "step": 5,
        },
        question="How many numbers does `[16, 5, 5]` bring to the first linear layer?",
        choices=("26", "80", "400"),
        answer=2,
        because="16 × 5 × 5 = 400: the layer is `nn.Linear(400, 120)`, and it holds 48,120 of the "
        "62,006 parameters.",
    ),
    Lesson(
        id="loss",
        title="The loss",
        tab="training",
        text=(
            "The *loss* is one number that says how wrong the net is. For classes it is the "
            "*cross-entropy*: minus the logarithm of the probability that the right class was "
            "given. Sure and right is near 0; sure and wrong is large.",
            "A line on the chart marks the loss of mere guessing: 1/10 for each of ten classes.",
        ),
        show={**_RUN, "action": "step"},
        question="Where is that line?",
        choices=("at 0.1", "at 2.303", "at 10"),
        answer=1,
        because="−ln(1/10) = ln 10 = 2.303. A fresh net starts near it, and learning means "
        "getting below it.",
    ),
    Lesson(
        id="step",
        title="The loop: one step",
        tab="training",
        text=(
            "A *step* takes one *batch* of pictures, here 32. `zero_grad()` clears the old "
            "gradients. Forward gives the loss. `loss.backward()` follows the graph back and "
            "finds each parameter's *gradient*: how the loss would change if it grew. "
            "`optimizer.step()` moves every parameter a little, against its gradient.",
        ),
        show={**_RUN, "action": "step"},
        question="What happens if you forget `zero_grad()`?",
        choices=(
            "backward overwrites the old ones",
            "old and new ones add up",
            "PyTorch raises an error",
        ),
        answer=1,
        because="`backward()` adds to `.grad`: three passes through `2 * x` leave 2, then 4, then "
        "6, and nothing warns you.",
    ),
    Lesson(
        id="epochs",
        title="The loop: many steps",
        tab="training",
        text=(
            "The loop repeats that step. Once through all training pictures is an *epoch*; how "
            "far an update goes is the *learning rate*.",
            "Two curves: the *training loss*, on the pictures of each batch, and the *validation "
            "loss*, on pictures kept aside that the net never learns from.",
        ),
        show={**_RUN, "action": "start"},
        question="The training loss falls, the validation loss rises. What is the net doing?",
        choices=(
            "getting better all the time",
            "learning its pictures by heart",
            "not learning at all",
        ),
        answer=1,
        because="That is *overfitting*: better on what it knows, worse on what is new. Judge a "
        "net by pictures it has not learned from.",
    ),
    Lesson(
        id="picture",
        title="Picture to tensor",
        tab="classify",
        text=(
            "A net takes tensors, so your picture is cut to a square and shrunk to 32 × 32 "
            "pixels. Its red, green and blue become three tables of numbers, the *channels*, "
            "scaled from 0…255 to 0…1 and *normalised*: minus the training pictures' mean, "
            "divided by their spread. Last, it becomes a batch of one.",
        ),
        show={"example": "frog"},
        question="Which shape goes into the net?",
        choices=("`[32, 32, 3]`", "`[3, 32, 32]`", "`[1, 3, 32, 32]`"),
        answer=2,
        because="The first dimension counts the pictures in the batch, here 1; then 3 colours, 32 "
        "rows, 32 columns.",
    ),
    Lesson(
        id="answers",
        title="What answers mean",
        tab="classify",
        text=(
            "The net gives ten scores; *softmax* makes them probabilities: none negative, 1 in "
            "all. A high one says: of these ten, this fits best. It does not say that the net is "
            "right.",
            "The net chosen here has only seen photos. This drawing is a stranger to it, and its "
            "ten numbers add up to 1 all the same.",
        ),
        show={"drawing": "frog", "model": "photos"},
        question="You draw a house, which is none of the ten. What do the ten probabilities do?",
        choices=("all go to 0", "still add up to 1", "all stay below 1/10"),
        answer=1,
        because="Softmax always shares out the whole 1, whatever the picture. So ask what a net "
        "has seen before you believe it.",
    ),
)
