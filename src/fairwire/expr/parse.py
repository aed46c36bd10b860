"""Text to tree, with the type check. Python's own parser reads it; anything outside the subset is refused by name."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping

from fairwire.expr.errors import ExpressionError, UnknownName, WrongType, WrongUnit
from fairwire.expr.tree import (
    Arithmetic,
    Both,
    Compare,
    Known,
    Name,
    Node,
    Not,
    Number,
    OneOf,
    Points,
    Truth,
    Type,
    Unary,
    type_of,
)
from fairwire.expr.units import clash
from fairwire.model.errors import Span

_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
FUNCTIONS: dict[str, tuple[str, str]] = {
    "abs": ("x", "the number without its sign"),
    "known": ("x", "true where x is known, false where it is not; never unknown itself. x is a number, a word or a truth"),
    "log1p": ("x", "the natural logarithm of 1 + x; unknown for x at or below -1"),
    "max": ("a, b, ...", "the greatest; unknown if any is"),
    "min": ("a, b, ...", "the least; unknown if any is"),
    "points": ("sign, weight", "the weight where the sign is true, 0 where it is false or unknown; scorecards are made of it"),
}
"""Name -> (what it takes, what it gives)."""
_TAKES = {"known": 1, "abs": 1, "log1p": 1, "min": 2, "max": 2, "points": 2}
_OTHER_NAMES = {
    "between": "write `low <= x <= high`",
    "isnull": "write `not known(x)`",
    "isnan": "write `not known(x)`",
    "log": "write `log1p(x)`, the logarithm of 1 + x",
    "ln": "write `log1p(x)`, the logarithm of 1 + x",
    "sum": "write `a + b`",
    "len": "count it in a feature",
    "if": "write `points(sign, weight)`",
}
"""What people try, and what there is in its place."""
_LARGEST = 1e15
"""Above it, floats no longer tell one whole number from the next."""
_DEEPEST = 60
"""Levels of brackets and of operations upon operations; the compiler and every reader must be able to follow."""
_CALLED: dict[Type, str] = {"number": "a number", "truth": "true or false", "word": "a word"}

Locate = Callable[[int, int], Span]
"""Offset and length in an expression's text -> place in its file."""


class Parser:
    """One expression at one place of one file."""

    def __init__(self, text: str, scope: Mapping[str, Name], locate: Locate) -> None:
        self._text = text
        self._scope = scope
        self._locate = locate
        self._lines = text.split("\n")
        self._depth = 0

    def parse(self, wanted: Type | None) -> Node:
        """The checked tree of an expression, of the type that is wanted."""
        if not self._text.strip():
            raise ExpressionError("the expression is empty", at=self._span(0, 1))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on style; what matters is an error below
                # Brackets let an expression run over several lines; they move the first column by one.
                parsed = ast.parse(f"({self._text}\n)", mode="eval")
            if parsed.body.col_offset == 0 and parsed.body.lineno == 1:
                raise ExpressionError("a bracket is closed that was not opened", at=self._span(0, len(self._text)))
            return self._want(parsed.body, wanted) if wanted else self._node(parsed.body)
        except SyntaxError as error:
            line = (error.lineno or 1) - 1
            column = max(0, (error.offset or 1) - (2 if line == 0 else 1))
            hint, offset = _what_is_wrong(error.msg, self._text)
            at = self._span(column, 1, line) if offset is None else self._locate(offset, 1)
            raise ExpressionError("this is not an expression", at=at, hint=hint) from None
        except (RecursionError, MemoryError, ValueError):
            raise ExpressionError("this cannot be read as an expression", at=self._span(0, 1), help_="write it shorter") from None

    def _span(self, column: int, length: int, line: int = 0) -> Span:
        """Columns and lines from 0, in letters."""
        line = min(line, len(self._lines) - 1)
        before = sum(len(row) + 1 for row in self._lines[:line])
        return self._locate(before + min(column, len(self._lines[line])), max(1, length))

    def _place(self, item: ast.expr) -> Span:
        line = item.lineno - 1
        row = self._lines[min(line, len(self._lines) - 1)].encode()
        # Python counts bytes, and the bracket that was put before the first line.
        shift = 1 if line == 0 else 0
        column = len(row[: item.col_offset - shift].decode(errors="ignore"))
        if item.end_lineno != item.lineno or item.end_col_offset is None:
            return self._span(column, len(row.decode()) - column, line)
        return self._span(column, len(row[: item.end_col_offset - shift].decode(errors="ignore")) - column, line)

    def _node(self, item: ast.expr) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(
                f"this is nested deeper than {_DEEPEST} levels", at=self._place(item), help_="count a part of it in a feature"
            )
        node = self._read(item)
        self._depth -= 1
        return node

    def _read(self, item: ast.expr) -> Node:
        if isinstance(item, ast.BoolOp):
            return Both(isinstance(item.op, ast.And), tuple(self._want(value, "truth") for value in item.values))
        if isinstance(item, ast.UnaryOp):
            if isinstance(item.op, ast.Not):
                return Not(self._want(item.operand, "truth"))
            if isinstance(item.op, ast.USub):
                value = item.operand.value if isinstance(item.operand, ast.Constant) else None
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return self._number(item, -value)
                return Unary("-", self._want(item.operand, "number"))
        if isinstance(item, ast.BinOp) and type(item.op) in _ARITHMETIC:
            left, right = self._want(item.left, "number"), self._want(item.right, "number")
            if isinstance(item.op, ast.Add | ast.Sub):
                self._go_together(left, right, item)
            return Arithmetic(_ARITHMETIC[type(item.op)], left, right)
        if isinstance(item, ast.Compare):
            return self._compare(item)
        if isinstance(item, ast.Call):
            return self._call(item)
        if isinstance(item, ast.Constant):
            if isinstance(item.value, bool):
                return Truth(item.value)
            if isinstance(item.value, int | float):
                return self._number(item, item.value)
            if isinstance(item.value, str):
                raise WrongType("a word stands alone", at=self._place(item), hint='compare it: `direction == "outbound"`')
        if isinstance(item, ast.Name | ast.Attribute):
            return self._name(item)
        raise ExpressionError(
            "this is not part of the rule language",
            at=self._place(item),
            hint=_instead(item),
            help_="allowed: numbers, names, + - * /, comparisons, and, or, not, in, " + ", ".join(FUNCTIONS),
        )

    def _go_together(self, left: Node, right: Node, item: ast.expr) -> None:
        wrong = clash(left, right)
        if wrong is not None:
            raise WrongUnit(wrong[0], at=self._place(item), hint=wrong[1])

    def _want(self, item: ast.expr, wanted: Type) -> Node:
        node = self._node(item)
        got = type_of(node)
        if got != wanted:
            raise WrongType(f"this is {_CALLED[got]}, not {_CALLED[wanted]}", at=self._place(item))
        return node

    def _number(self, item: ast.expr, value: float) -> Number:
        if abs(value) > _LARGEST:
            raise ExpressionError("this number is too large", at=self._place(item), help_=f"the largest is {_LARGEST:g}")
        return Number(float(value))

    def _name(self, item: ast.Name | ast.Attribute) -> Name:
        text = ast.unparse(item)
        name = self._scope.get(text)
        if name is None:
            raise UnknownName(text, self._place(item), defined=tuple(self._scope))
        return name

    def _call(self, item: ast.Call) -> Node:
        function = ast.unparse(item.func)
        if function not in _TAKES:
            instead = _OTHER_NAMES.get(function)
            if instead is not None:
                raise ExpressionError(f"there is no function `{function}`", at=self._place(item.func), hint=instead)
            raise UnknownName(function, self._place(item.func), defined=tuple(_TAKES), what="function")
        many = function in ("min", "max")
        if item.keywords or (len(item.args) < _TAKES[function] if many else len(item.args) != _TAKES[function]):
            takes = f"{_TAKES[function]} value{'s' if _TAKES[function] > 1 else ''}{' or more' if many else ''}"
            raise ExpressionError(f"`{function}` takes {takes}", at=self._place(item))
        if function == "known":
            return Known(self._node(item.args[0]))
        if function == "points":
            return Points(self._want(item.args[0], "truth"), self._want(item.args[1], "number"))
        arguments = [self._want(argument, "number") for argument in item.args]
        if len(arguments) == 1:
            return Unary(function, arguments[0])
        node = arguments[0]
        for argument in arguments[1:]:
            self._go_together(node, argument, item)
            node = Arithmetic(function, node, argument)
        return node

    def _compare(self, item: ast.Compare) -> Node:
        parts: list[Node] = []
        left = item.left
        for op, right in zip(item.ops, item.comparators, strict=True):
            parts.append(self._one_compare(left, op, right, item))
            left = right
        return parts[0] if len(parts) == 1 else Both(True, tuple(parts))

    def _one_compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr, whole: ast.Compare) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple | ast.List | ast.Set):
                raise WrongType("`in` wants a list of words", at=self._place(right), hint='such as ("busy", "no_answer")')
            node = self._one_of(left, list(right.elts))
            return Not(node) if isinstance(op, ast.NotIn) else node
        if type(op) not in _COMPARE:
            raise ExpressionError(
                "this comparison is not part of the rule language", at=self._place(whole), hint="ask `known(x)`, or use == and !="
            )
        symbol = _COMPARE[type(op)]
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            if symbol not in ("==", "!="):
                raise WrongType("words are only compared with == and !=", at=self._place(right))
            node = self._one_of(left, [right])
            return Not(node) if symbol == "!=" else node
        if isinstance(left, ast.Constant) and isinstance(left.value, str):
            raise WrongType(
                "the word stands on the left", at=self._place(left), hint='write the name first: `direction == "outbound"`'
            )
        compared = Compare(symbol, self._want(left, "number"), self._want(right, "number"))
        self._go_together(compared.left, compared.right, whole)
        return compared

    def _one_of(self, left: ast.expr, words: list[ast.expr]) -> OneOf:
        name = self._node(left)
        if not isinstance(name, Name) or name.type != "word":
            raise WrongType("only a word compares with a word", at=self._place(left))
        if not words:
            raise ExpressionError("the list of words is empty", at=self._place(left), help_="nothing is ever in it")
        codes: list[int] = []
        texts: list[str] = []
        for word in words:
            if not isinstance(word, ast.Constant) or not isinstance(word.value, str):
                raise WrongType("this is not a word in quotes", at=self._place(word))
            if word.value not in name.words:
                raise UnknownName(word.value, self._place(word), defined=name.words, what="word")
            codes.append(name.words.index(word.value) + 1)
            texts.append(word.value)
        return OneOf(name, tuple(codes), tuple(texts))


_SIGNS = {"&&": "write `and`", "||": "write `or`", "<>": "write `!=`", "=>": "write `>=`", "=<": "write `<=`", "!": "write `not`"}
"""Signs of other languages."""


def _what_is_wrong(message: str, text: str) -> tuple[str, int | None]:
    """What to say, and where if not where Python stopped. Its own words are about Python; these are not."""
    if "never closed" in message:
        return "this bracket is not closed", None
    if "unterminated string" in message:
        return "this quote is not closed", None
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|!=", lambda found: " " * len(found[0]), text)
    for sign, instead in _SIGNS.items():
        if sign in bare:
            return instead, bare.index(sign)
    single = re.search(r"(?<![=<>!:])=(?!=)", bare)
    if single:
        return "write `==` to compare", single.start()
    if "%" in bare:
        return "write 35 % as 0.35", bare.index("%")
    return "something is missing, or too much, here", None


def _instead(item: ast.expr) -> str:
    """What to write in place of some things of Python that are not in the language."""
    if isinstance(item, ast.BinOp):
        if isinstance(item.op, ast.Pow):
            return "write `x * x`"
        if isinstance(item.op, ast.BitAnd):
            return "write `and`"
        if isinstance(item.op, ast.BitOr):
            return "write `or`"
        if isinstance(item.op, ast.Mod):
            return "write 35 % as 0.35"
    if isinstance(item, ast.Constant) and item.value is None:
        return "ask `known(x)`"
    if isinstance(item, ast.IfExp):
        return "write `points(sign, weight)`, or `(a and b) or (not a and c)`"
    return ""


def parse(text: str, scope: Mapping[str, Name], at: Span | Locate, *, wanted: Type | None = None) -> Node:
    """The checked tree of `text`.

    Parameters
    ----------
    text
        The expression; may run over several lines.
    scope
        Name (dotted names included) -> what it is.
    at
        Where the text begins, errors count their columns from there; or what finds the place of a part of it.

    wanted
        The type that it must have; None: any.

    Raises
    ------
    ExpressionError, UnknownName, WrongType, WrongUnit
        With the place and, where one is near, the likely fix.
    """
    text = text.rstrip()
    return Parser(text, scope, (lambda offset, length: _from(at, text, offset, length)) if isinstance(at, Span) else at).parse(
        wanted
    )


def _from(at: Span, text: str, offset: int, length: int) -> Span:
    """A place in a text that begins at `at`; a later line is shown by itself."""
    line = text.count("\n", 0, offset)
    if line == 0:
        return Span(file=at.file, line=at.line, column=at.column + offset, length=length, text=at.text)
    column = offset - text.rfind("\n", 0, offset)
    return Span(file=at.file, line=at.line + line, column=column, length=length, text=text.split("\n")[line])
