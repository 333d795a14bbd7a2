"""Programs made up at random: what a beginner could type, line after line, right and wrong.

Names are few, so that lines meet the tensors, views, arrays and numbers of earlier ones. A part of
a program is a function from a source of random numbers to text.
"""

from collections.abc import Callable, Sequence
from random import Random

Part = Callable[[Random], str]

START = """\
a = torch.arange(6.).view(2, 3)
b = a[0]
c = np.arange(3.)
d = torch.from_numpy(c)
w = torch.ones(3, requires_grad=True)
n = 2
xs = [b, 1]
"""


def choice(texts: Sequence[str]) -> Part:
    return lambda random: random.choice(texts)


def word(text: str) -> Part:
    return choice(text.split())


def either(*parts: Part) -> Part:
    return lambda random: random.choice(parts)(random)


def form(text: str, *parts: Part) -> Part:
    """`text` with each {} filled in by a part."""
    return lambda random: text.format(*(part(random) for part in parts))


def several(part: Part, between: str) -> Part:
    return lambda random: between.join(part(random) for _ in range(random.randint(1, 3)))


TENSORS = choice("aabbdww")
NAMES = choice(["a", "a", "a", "b", "b", "b", "c", "d", "d", "w", "w", "n", "xs"])
SMALL = word("-2 -1 0 1 2 3 4")
NUMBERS = either(SMALL, word("0.5 2.5 -1.0 True 1e-3"))
OPERANDS = either(NAMES, NUMBERS)
SHAPES = choice(["3", "2, 3", "3, 2", "1, 3", "2, 2", "0", "()", "(2, 3)", "1", "6", "3, 1"])
DTYPES = word("float32 float64 int64 int32 int8 uint8 bool float16 bfloat16")
OPERATORS = word("+ - * / // % ** @ & | ^ == != < <= > >= and or is in")
IN_PLACE = word("+= -= *= /= //= **= %= @= &= |=")
DIMS = choice(["", "0", "1", "-1", "dim=0", "dim=1, keepdim=True", "2"])

PART = choice(
    ["0", "1", "-1", "2", ":", "1:", ":2", "::2", "-2:", "None", "...", "[0, 1]", "[1, 1]", "n"]
    + ["torch.tensor([1, 0])", "[True, False]", "True", "xs[1]", "5", "1:1"]
)
INDICES = either(several(PART, ", "), form("{} {} {}", TENSORS, choice([">", "==", "<"]), NUMBERS))

CREATED = either(
    form("torch.{}({})", word("ones zeros rand randn empty"), SHAPES),
    form("torch.{}({}, dtype=torch.{})", choice(["ones", "zeros"]), SHAPES, DTYPES),
    form("torch.arange({}, {}, {})", SMALL, NUMBERS, NUMBERS),
    form("torch.full(({},), {})", SMALL, NUMBERS),
    form("torch.randint({}, ({},))", SMALL, SMALL),
    form("torch.linspace(0, {}, {})", NUMBERS, SMALL),
    form("torch.eye({})", SMALL),
    form("torch.tensor([{}, {}])", NUMBERS, NUMBERS),
    form("torch.tensor([[{}], [{}]], dtype=torch.{})", NUMBERS, NUMBERS, DTYPES),
    form("torch.{}({})", word("tensor as_tensor from_numpy"), NAMES),
    form("torch.{}({})", word("ones_like zeros_like rand_like"), NAMES),
    form("torch.ones({}, requires_grad=True)", SHAPES),
    form("torch.ones({}, device='meta')", SHAPES),
    form("np.{}(({}))", choice(["ones", "zeros"]), SHAPES),
    form("np.arange({})", NUMBERS),
    form("np.array({})", NAMES),
)
VIEWS = either(
    form("{}.view({})", TENSORS, SHAPES),
    form("{}.reshape({})", NAMES, SHAPES),
    form("{}.expand({})", TENSORS, SHAPES),
    form("{}.repeat({})", TENSORS, SHAPES),
    form("{}.transpose({}, {})", TENSORS, SMALL, SMALL),
    form("{}.permute({}, {})", TENSORS, SMALL, SMALL),
    form("{}.unsqueeze({})", TENSORS, SMALL),
    form("{}.split({})[{}]", TENSORS, SMALL, SMALL),
    form("{}.chunk({})", TENSORS, SMALL),
    form(
        "{}.{}",
        NAMES,
        word(
            "T t() view(-1) flatten() squeeze() ravel() contiguous() detach() data clone() numpy() "
            "unbind() flip(0) copy() cpu() to('cpu') to('meta') grad mT"
        ),
    ),
)
COMPUTED = either(
    form("{} {} {}", NAMES, OPERATORS, OPERANDS),
    form("{} {} {}", NUMBERS, OPERATORS, NAMES),
    form("{} < {} <= {}", NUMBERS, NAMES, NUMBERS),
    form("-{}", NAMES),
    form("not {}", NAMES),
    form(
        "{}.{}({})",
        NAMES,
        word("sum mean max min prod std cumsum argmax sort all any var argsort"),
        DIMS,
    ),
    form(
        "{}.{}()",
        TENSORS,
        word(
            "exp log sqrt abs relu sigmoid float long double bool int half tolist item numel size "
            "stride dim storage_offset is_contiguous unique nonzero isnan"
        ),
    ),
    form("{}.{}", NAMES, word("shape dtype device ndim is_leaf _version")),
    form("{}.to(torch.{})", TENSORS, DTYPES),
    form("{}.add({})", TENSORS, OPERANDS),
    form("{}.clamp({}, {})", TENSORS, NUMBERS, NUMBERS),
    form("{}.masked_fill({} > 1, {})", TENSORS, TENSORS, NUMBERS),
    form("torch.where({} > {}, {}, {})", TENSORS, NUMBERS, NAMES, NUMBERS),
    form("torch.{}([{}, {}])", choice(["cat", "stack"]), NAMES, NAMES),
    form("torch.{}({}, {})", word("matmul outer dot mul"), NAMES, NAMES),
    form(
        "torch.einsum('{}', {}, {})",
        choice(["ij,j->i", "i,j", "...i,i->..."]),
        NAMES,
        NAMES,
    ),
    form("F.{}({}, {})", choice(["mse_loss", "softmax"]), NAMES, NAMES),
    form("nn.Linear(3, {})({})", SMALL, NAMES),
    form("np.{}({})", word("sum sqrt sort asarray copy"), NAMES),
    form("torch.autograd.grad({}.sum(), w)", TENSORS),
    form(
        "{}({})",
        word("len list tuple sum max min float int bool str type abs round"),
        NAMES,
    ),
    form("isinstance({}, {})", NAMES, choice(["torch.Tensor", "int", "list"])),
)
OTHERS = either(
    NAMES,
    NUMBERS,
    choice(["None", "'text'", "[]", "1000", "'text'"]),
    form("{}[{}]", NAMES, INDICES),
    form("[{}, {}]", NAMES, NAMES),
    form("({}, {})", NAMES, NUMBERS),
    form("{{'k': {}, 2: {}}}", NAMES, NAMES),
    form("[v + {} for v in {}]", NUMBERS, NAMES),
    form("f'{{{}}}'", NAMES),
    form("f'{{{}:{}}}'", NAMES, choice(["", ">8", ".2f", "5", "d"])),
    form("{} if {} else {}", NAMES, NAMES, NUMBERS),
)
VALUES = either(CREATED, VIEWS, COMPUTED, OTHERS)
TARGETS = either(NAMES, NAMES, form("{}[{}]", NAMES, INDICES))

TWINS = word(
    "add_({}) sub_({}) mul_({}) div_({}) pow_({}) fill_({}) copy_({}) clamp_({},2) "
    "masked_fill_(a>1,{})"
)
SIMPLE = either(
    form("{} = {}", TARGETS, VALUES),
    form("{} = {}", TARGETS, VALUES),
    form("{} = {} = {}", NAMES, TARGETS, VALUES),
    form("{}, {} = {}, {}", TARGETS, NAMES, VALUES, VALUES),
    form("{}, *{} = {}", NAMES, NAMES, VALUES),
    form("{} {} {}", TARGETS, IN_PLACE, VALUES),
    lambda random: f"{TENSORS(random)}.{TWINS(random).format(OPERANDS(random))}",
    form(
        "{} = {}.{}",
        NAMES,
        TENSORS,
        word(
            "zero_() t_() neg_() exp_() unsqueeze_(0) squeeze_() requires_grad_() detach_() relu_()"
        ),
    ),
    form("{}.{} = {}", TENSORS, word("grad data requires_grad"), VALUES),
    form(
        "{}.{}",
        TENSORS,
        word("backward() sum().backward() retain_grad() mean().backward() grad.zero_()"),
    ),
    form("print({}, {})", VALUES, VALUES),
    form("print(f'{{{}}} {{{}!r:>5}}', end='')", NAMES, NAMES),
    form("xs.{}({})", choice(["append", "extend", "remove", "index"]), NAMES),
    form("del {}", TARGETS),
    form("assert {}, {}", VALUES, NAMES),
)


def _block(line: Part) -> Part:
    """Compound statements around some lines."""
    lines = several(line, "\n")

    def body(random: Random) -> str:
        return lines(random).replace("\n", "\n    ")

    return either(
        form("for i in range({}):\n    {}", SMALL, body),
        form("for v in {}:\n    {}\n    v", NAMES, body),
        form("for i, v in enumerate({}):\n    if i == 1:\n        break\n    {}", NAMES, body),
        form("while n < 4:\n    n += 1\n    {}", body),
        form("with torch.no_grad():\n    {}", body),
        form("if {}:\n    {}\nelse:\n    {}", VALUES, body, body),
        form("def f(x, n={}):\n    {}\n    return x\n{} = f({})", NUMBERS, body, NAMES, NAMES),
    )


LINE = either(SIMPLE, SIMPLE, SIMPLE, _block(SIMPLE), _block(either(SIMPLE, _block(SIMPLE))))


def program(random: Random, succeeds: Callable[[str], bool]) -> str:
    """Up to 20 statements; most that fail are left out, so that later ones meet a rich state."""
    source = START
    for _ in range(random.randint(5, 20)):
        longer = f"{source}{LINE(random)}\n"
        if succeeds(longer):
            source = longer
        elif random.random() < 0.1:
            return longer
    return source
