"""Cases that raise in layers and losses: wrong sizes, channels, dtypes and labels."""

from demo.lessons.cases.case import Case

CASES = (
    Case(
        id="error-linear-size",
        title="a layer for four features",
        note="Five examples go through a linear layer.",
        code="examples = torch.ones(5, 3)\nlayer = nn.Linear(4, 2)\noutput = layer(examples)",
        step=2,
        ask="shape",
        about=("output",),
        after="The layer has four weights for each output, and each example has three numbers.",
    ),
    Case(
        id="error-linear-float64",
        title="data from NumPy",
        note="np.ones makes float64. The layer makes its weights as PyTorch does.",
        code="data = torch.from_numpy(np.ones((5, 4)))\nlayer = nn.Linear(4, 2)\n"
        "output = layer(data)",
        step=2,
        ask="raises",
        after="A product of matrices takes one dtype, and nothing is converted on the way.",
    ),
    Case(
        id="error-conv-grey",
        title="a grey image",
        note="The layer was made for colour. The image is grey: it has one channel.",
        code="layer = nn.Conv2d(3, 6, 5)\nimage = torch.ones(1, 1, 28, 28)\noutput = layer(image)",
        step=2,
        ask="raises",
        after="Every filter of the layer reads three channels at once.",
    ),
    Case(
        id="error-conv-channels-last",
        title="an image as files hold it",
        note="32 by 32 pixels, each with red, green and blue.",
        code="layer = nn.Conv2d(3, 6, 5)\nimages = torch.ones(1, 32, 32, 3)\n"
        "output = layer(images)",
        step=2,
        ask="shape",
        about=("output",),
        after="PyTorch wants the channels before height and width, so it took 32 for them.",
    ),
    Case(
        id="error-conv-uint8",
        title="pixels from 0 to 255",
        note="Image files hold bytes, and so does this tensor.",
        code="layer = nn.Conv2d(3, 6, 5)\n"
        "image = torch.randint(0, 256, (1, 3, 32, 32), dtype=torch.uint8)\noutput = layer(image)",
        step=2,
        ask="raises",
        after="Weights are fractions, and bytes are not turned into them unless you say so.",
    ),
    Case(
        id="error-conv-unbatched",
        title="an image without a batch",
        note="Layers take batches of images. Here is one image, and no batch around it.",
        code="layer = nn.Conv2d(3, 6, 5)\nimage = torch.ones(3, 32, 32)\noutput = layer(image)",
        step=2,
        ask="shape",
        about=("output",),
        compare=("image", "output"),
        after="Nothing raises: Conv2d takes three dimensions for one image, and gives one back.",
    ),
    Case(
        id="error-target-dtype",
        title="labels with a decimal point",
        note="Two examples, ten classes. The labels are 1 and 2.",
        code="logits = torch.zeros(2, 10)\nlabels = torch.tensor([1., 2.])\n"
        "loss = F.cross_entropy(logits, labels)",
        step=2,
        ask="raises",
        after="A label says which column is right, so it must be a whole number.",
    ),
    Case(
        id="error-target-column",
        title="labels in a column",
        note="As line 1 has a row for each example, so has line 2.",
        code="logits = torch.zeros(2, 10)\nlabels = torch.tensor([[1], [2]])\n"
        "loss = F.cross_entropy(logits, labels)",
        step=2,
        ask="raises",
        after="cross_entropy wants one label for each row, in a vector.",
    ),
    Case(
        id="error-target-class",
        title="classes from 1 to 10",
        note="There are ten classes, and these labels are the first, the fifth and the last.",
        code="logits = torch.zeros(3, 10)\nlabels = torch.tensor([1, 5, 10])\n"
        "loss = F.cross_entropy(logits, labels)",
        step=2,
        ask="raises",
        after="Ten columns have the numbers 0 to 9.",
    ),
)
