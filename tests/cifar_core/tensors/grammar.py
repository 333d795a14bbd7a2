"""Programs of every kind of syntax that Python has, whether they make sense or not.

Trees of `ast` nodes are put together at random and written out by `ast.unparse`. Names, attributes
and constants come from what a snippet may use, with some that it may not.
"""

import ast
from random import Random

NAMES = "a b x f torch np nn F print len range list str sum dict eval open __import__"
ATTRIBUTES = "ones shape T grad data add_ view append real join Linear load __class__ _version"
CONSTANTS = [0, 1, 2, 0.5, 1e308, 10**30, True, None, "", "text", "%s", b"x", 1j, ...]
BINARY = [ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult]
BINARY += [ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift]
COMPARE = [
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.Is,
    ast.IsNot,
    ast.In,
    ast.NotIn,
]
UNARY = [ast.UAdd, ast.USub, ast.Invert, ast.Not]


class Grammar:
    """One source of random trees; `depth` is how much deeper a node may go."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def program(self) -> str:
        start = "a = torch.arange(6.).view(2, 3)\nb = [1, 2, a]\nx = torch.ones(3)\n"
        module = ast.Module(self.body(3), [])
        return start + ast.unparse(ast.fix_missing_locations(module))

    def some(self, make, depth, least=0):
        return [make(depth - 1) for _ in range(self.random.randint(least, 2))]

    def maybe(self, make, depth):
        return make(depth - 1) if self.random.random() < 0.4 else None

    def name(self, depth=0):
        return ast.Name(self.random.choice(NAMES.split()), ast.Load())

    def word(self):
        return self.random.choice(["a", "b", "x", "f"])

    def attribute_name(self):
        return self.random.choice(ATTRIBUTES.split())

    def body(self, depth):
        return self.some(self.statement, depth, least=1) if depth else [ast.Pass()]

    # Expressions

    def leaf(self, depth=0):
        constant = ast.Constant(self.random.choice(CONSTANTS))
        return self.random.choice([self.name(), self.name(), constant])

    def expression(self, depth):
        if depth <= 0:
            return self.leaf()
        kind = self.random.choice(EXPRESSIONS)
        return kind(self, depth)

    def target(self, depth):
        e = self.expression
        kind = self.random.randint(0, 7 if depth > 0 else 3)
        if kind < 4:
            return ast.Name(self.word(), ast.Store())
        if kind == 4:
            return ast.Attribute(e(depth - 1), self.attribute_name(), ast.Store())
        if kind == 5:
            return ast.Subscript(e(depth - 1), e(depth - 1), ast.Store())
        if kind == 6:
            return ast.Starred(self.target(0), ast.Store())
        return ast.Tuple(self.some(self.target, depth, least=1), ast.Store())

    def generators(self, depth):
        made = []
        for _ in range(self.random.randint(1, 2)):
            ifs = self.some(self.expression, depth)
            iterable = self.expression(depth - 1)
            made.append(
                ast.comprehension(self.target(0), iterable, ifs, self.random.random() < 0.1)
            )
        return made

    def keyword(self, depth):
        name = self.random.choice([None, "dim", "end", "out", "requires_grad"])
        return ast.keyword(name, self.expression(depth))

    def formatted(self, depth):
        spec = ast.JoinedStr([ast.Constant(self.random.choice(["", ">8", ".2f", "99999"]))])
        conversion = self.random.choice([-1, 115, 114, 97])
        return ast.FormattedValue(self.name(), conversion, self.random.choice([None, spec]))

    def arguments(self, depth):
        names = [ast.arg(self.word(), self.maybe(self.expression, depth)) for _ in range(2)]
        defaults = self.some(self.expression, depth)
        star = ast.arg(self.word()) if self.random.random() < 0.1 else None
        return ast.arguments([], names, star, [], [], None, defaults)

    # Statements

    def statement(self, depth):
        simple = depth <= 0 or self.random.random() < 0.5
        kind = self.random.choice(SIMPLE if simple else SIMPLE + COMPOUND)
        return kind(self, depth)

    def define(self, depth, kind=ast.FunctionDef):
        decorators = [self.name()] if self.random.random() < 0.1 else []
        returns = self.maybe(self.expression, depth)
        return kind(self.word(), self.arguments(depth), self.body(depth - 1), decorators, returns)

    def context(self, depth):
        no_grad = ast.parse("torch.no_grad()", mode="eval").body
        made = self.random.choice([no_grad, self.expression(depth)])
        return ast.withitem(made, self.maybe(self.target, 1))

    def handlers(self, depth):
        return [ast.ExceptHandler(self.name(), self.word(), self.body(depth - 1))]

    def orelse(self, depth):
        return self.body(depth - 1) if self.random.random() < 0.3 else []

    def imported(self):
        name = self.random.choice(["torch", "numpy", "os", "torch.nn", "torch.hub", "copy"])
        return [ast.alias(name, self.random.choice([None, "a"]))]


E, S = Grammar.expression, Grammar.statement
EXPRESSIONS = [
    Grammar.leaf,
    lambda g, d: ast.Attribute(E(g, d - 1), g.attribute_name(), ast.Load()),
    lambda g, d: ast.Subscript(E(g, d - 1), E(g, d - 1), ast.Load()),
    lambda g, d: ast.Subscript(
        E(g, d - 1),
        ast.Slice(g.maybe(g.expression, d), g.maybe(g.expression, d), g.maybe(g.expression, d)),
        ast.Load(),
    ),
    lambda g, d: ast.Call(E(g, d - 1), g.some(g.expression, d), g.some(g.keyword, d)),
    lambda g, d: ast.Call(g.name(), [ast.Starred(E(g, d - 1), ast.Load())], []),
    lambda g, d: ast.BinOp(E(g, d - 1), g.random.choice(BINARY)(), E(g, d - 1)),
    lambda g, d: ast.UnaryOp(g.random.choice(UNARY)(), E(g, d - 1)),
    lambda g, d: ast.BoolOp(g.random.choice([ast.And, ast.Or])(), [E(g, d - 1), E(g, d - 1)]),
    lambda g, d: ast.Compare(E(g, d - 1), [g.random.choice(COMPARE)()], [E(g, d - 1)]),
    lambda g, d: ast.IfExp(E(g, d - 1), E(g, d - 1), E(g, d - 1)),
    lambda g, d: ast.List(g.some(g.expression, d), ast.Load()),
    lambda g, d: ast.Tuple(g.some(g.expression, d), ast.Load()),
    lambda g, d: ast.Set(g.some(g.expression, d, least=1)),
    lambda g, d: ast.Dict([g.maybe(g.expression, d)], [E(g, d - 1)]),
    lambda g, d: ast.JoinedStr([ast.Constant("{"), g.formatted(d)]),
    lambda g, d: ast.Lambda(ast.arguments([], [], None, [], [], None, []), E(g, d - 1)),
    lambda g, d: ast.NamedExpr(ast.Name(g.word(), ast.Store()), E(g, d - 1)),
    lambda g, d: ast.ListComp(E(g, d - 1), g.generators(d)),
    lambda g, d: ast.SetComp(E(g, d - 1), g.generators(d)),
    lambda g, d: ast.DictComp(E(g, d - 1), E(g, d - 1), g.generators(d)),
    lambda g, d: ast.GeneratorExp(E(g, d - 1), g.generators(d)),
    lambda g, d: ast.Await(E(g, d - 1)),
    lambda g, d: ast.Yield(g.maybe(g.expression, d)),
    lambda g, d: ast.YieldFrom(E(g, d - 1)),
]
SIMPLE = [
    lambda g, d: ast.Expr(E(g, 3)),
    lambda g, d: ast.Assign(g.some(g.target, 2, least=1), E(g, 3)),
    lambda g, d: ast.AugAssign(ast.Name(g.word(), ast.Store()), g.random.choice(BINARY)(), E(g, 2)),
    lambda g, d: ast.AnnAssign(
        ast.Name(g.word(), ast.Store()), E(g, 1), g.maybe(g.expression, 2), 1
    ),
    lambda g, d: ast.Return(g.maybe(g.expression, 2)),
    lambda g, d: ast.Delete([ast.Name(g.word(), ast.Del())]),
    lambda g, d: ast.Raise(g.maybe(g.expression, 1), None),
    lambda g, d: ast.Assert(E(g, 2), g.maybe(g.expression, 1)),
    lambda g, d: ast.Import(g.imported()),
    lambda g, d: ast.ImportFrom("torch", [ast.alias(g.attribute_name())], 0),
    lambda g, d: ast.Global([g.word()]),
    lambda g, d: ast.Nonlocal([g.word()]),
    lambda g, d: ast.Pass(),
    lambda g, d: ast.Break(),
    lambda g, d: ast.Continue(),
]
COMPOUND = [
    Grammar.define,
    lambda g, d: g.define(d, ast.AsyncFunctionDef),
    lambda g, d: ast.ClassDef(g.word(), [], [], g.body(d - 1), []),
    lambda g, d: ast.If(E(g, 2), g.body(d - 1), g.orelse(d)),
    lambda g, d: ast.For(g.target(1), E(g, 2), g.body(d - 1), g.orelse(d)),
    lambda g, d: ast.AsyncFor(g.target(1), E(g, 2), g.body(d - 1), []),
    lambda g, d: ast.While(E(g, 2), g.body(d - 1), g.orelse(d)),
    lambda g, d: ast.With([g.context(2)], g.body(d - 1)),
    lambda g, d: ast.AsyncWith([g.context(2)], g.body(d - 1)),
    lambda g, d: ast.Try(g.body(d - 1), g.handlers(d), [], []),
    lambda g, d: ast.TryStar(g.body(d - 1), g.handlers(d), [], []),
    lambda g, d: ast.Match(
        E(g, 1), [ast.match_case(ast.MatchAs(None, g.word()), None, g.body(d - 1))]
    ),
]
