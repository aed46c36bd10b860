"""Text to tree, with the type check. Python's own parser reads it; anything outside the subset is refused by name."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping

from fairwire.expr.errors import ExpressionError, UnknownName, WrongType
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
    Truth,
    Type,
    Unary,
    type_of,
)
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
_FUNCTIONS = {"known": 1, "abs": 1, "log1p": 1, "min": 2, "max": 2}
_LARGEST = 1e15
"""Above it, floats no longer tell one whole number from the next."""
_CALLED: dict[Type, str] = {"number": "a number", "truth": "true or false", "word": "a word"}

Scope = Mapping[str, Name] | Callable[[str], "Name | None"]


class Parser:
    """One expression at one place of one file."""

    def __init__(self, text: str, scope: Mapping[str, Name], at: Span) -> None:
        self._text = text
        self._scope = scope
        self._at = at

    def parse(self) -> Node:
        """The checked tree of a truth or number expression."""
        if not self._text.strip():
            raise ExpressionError("the expression is empty", at=self._span(0, 1))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on style; what matters is an error below
                # Brackets let an expression run over several lines; they move the first column by one.
                parsed = ast.parse(f"({self._text}\n)", mode="eval")
            if parsed.body.col_offset == 0 and parsed.body.lineno == 1:
                raise ExpressionError("a bracket is closed that was not opened", at=self._span(0, len(self._text)))
            return self._node(parsed.body)
        except SyntaxError as error:
            column = max(0, (error.offset or 1) - 2) if (error.lineno or 1) == 1 else 0
            raise ExpressionError(
                "this is not an expression",
                at=self._span(column, 1, (error.lineno or 1) - 1),
                hint=_what_is_wrong(error.msg),
            ) from None
        except (RecursionError, MemoryError, ValueError):
            raise ExpressionError("this cannot be read as an expression", at=self._span(0, 1), help_="write it shorter") from None

    def _span(self, column: int, length: int, line: int = 0) -> Span:
        if line:
            return Span(file=self._at.file, line=self._at.line + line, column=1, length=1, text="")
        return Span(
            file=self._at.file, line=self._at.line, column=self._at.column + column, length=max(1, length), text=self._at.text
        )

    def _place(self, item: ast.expr) -> Span:
        line = item.lineno - 1
        column = item.col_offset - 1
        if line and self._at.text:
            return Span(file=self._at.file, line=self._at.line + line, column=item.col_offset + 1, length=1, text="")
        end = item.end_col_offset or item.col_offset + 1
        return self._span(column, end - item.col_offset if item.end_lineno == item.lineno else 1)

    def _node(self, item: ast.expr) -> Node:
        if isinstance(item, ast.BoolOp):
            return Both(isinstance(item.op, ast.And), tuple(self._want(value, "truth") for value in item.values))
        if isinstance(item, ast.UnaryOp):
            if isinstance(item.op, ast.Not):
                return Not(self._want(item.operand, "truth"))
            if isinstance(item.op, ast.USub):
                return Unary("-", self._want(item.operand, "number"))
        if isinstance(item, ast.BinOp) and type(item.op) in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[type(item.op)], self._want(item.left, "number"), self._want(item.right, "number"))
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
            help_="allowed: numbers, names, + - * /, comparisons, and, or, not, in, " + ", ".join(sorted(_FUNCTIONS)),
        )

    def _want(self, item: ast.expr, wanted: Type) -> Node:
        node = self._node(item)
        got = type_of(node)
        if got != wanted:
            raise WrongType(f"this is {_CALLED[got]}, not {_CALLED[wanted]}", at=self._place(item))
        return node

    def _number(self, item: ast.Constant, value: float) -> Number:
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
        if function not in _FUNCTIONS:
            raise UnknownName(function, self._place(item.func), defined=tuple(_FUNCTIONS), what="function")
        if len(item.args) != _FUNCTIONS[function] or item.keywords:
            plural = "s" if _FUNCTIONS[function] > 1 else ""
            raise ExpressionError(f"`{function}` takes {_FUNCTIONS[function]} value{plural}", at=self._place(item))
        if function == "known":
            return Known(self._node(item.args[0]))
        arguments = [self._want(argument, "number") for argument in item.args]
        return Unary(function, arguments[0]) if len(arguments) == 1 else Arithmetic(function, arguments[0], arguments[1])

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
            raise ExpressionError("this comparison is not part of the rule language", at=self._place(whole))
        symbol = _COMPARE[type(op)]
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            if symbol not in ("==", "!="):
                raise WrongType("words are only compared with == and !=", at=self._place(right))
            node = self._one_of(left, [right])
            return Not(node) if symbol == "!=" else node
        return Compare(symbol, self._want(left, "number"), self._want(right, "number"))

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


def _what_is_wrong(message: str) -> str:
    """Python's own words about a text that it cannot read are about Python; these are not."""
    if "never closed" in message:
        return "this bracket is not closed"
    if "unterminated string" in message:
        return "this quote is not closed"
    return "something is missing, or too much, here"


def parse(text: str, scope: Mapping[str, Name], at: Span) -> Node:
    """The checked tree of `text`.

    Parameters
    ----------
    text
        The expression; may run over several lines.
    scope
        Name (dotted names included) -> what it is.
    at
        Where the text begins; errors count their columns from there.

    Raises
    ------
    ExpressionError, UnknownName, WrongType
        With the place and, where one is near, the likely fix.
    """
    return Parser(text.rstrip(), scope, at).parse()
