r"""An expression that a person typed, as the operations that it is made of.

Read by this grammar and nothing else; no part of it is ever run as a program:

    program  = { name "=" sum (";" | newline) } [ name "=" ] sum
    sum      = product { ("+" | "-") product }
    product  = sign { ("*" | "/" | nothing, as in 3x) sign }
    sign     = [ "-" ] power
    power    = atom [ "^" [ "-" ] number ]
    atom     = number | name | function "(" sum { "," sum } ")" | "(" sum ")"

What a line names is computed once, however often it is used: it forks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.errors import ExpressionRefusedError

FUNCTIONS = ("exp", "log", "tanh", "sigmoid", "relu", "max")
LONGEST_TEXT = 200
MOST_OPERATIONS = 40
MOST_OF_MAX = 6
_DEEPEST = 20
_LONGEST_NAME = 12
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(?P<name>[A-Za-z]\w*)|(?P<sign>\S|\n)", re.ASCII
)
_SAME_SIGNS = {"·": "*", "×": "*", "÷": "/", "−": "-", "\n": ";"}  # noqa: RUF001  people type them
_GATES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


@dataclass(frozen=True)
class Operation:
    """One node of what an expression says.

    Attributes:
        id: a name of the person's, or `#` and a number.
        kind: `variable`, `constant`, a function's name, `add`, `subtract`, `multiply`, `divide`,
            `negate` or `power`.
        text: the part of the expression that it computes, without spaces around.
        inputs: ids of earlier operations.
        number: of a constant, or the exponent of a power.
    """

    id: str
    kind: str
    text: str
    inputs: tuple[str, ...] = ()
    number: float | None = None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int
    end: int


def parse_expression(text: str) -> tuple[Operation, ...]:
    """The operations, each after its inputs; the last one is what the expression says.

    Raises:
        ExpressionRefusedError: it is not of this grammar, too long, or names what it does not use.
    """
    if len(text) > LONGEST_TEXT:
        raise ExpressionRefusedError(
            f"An expression has at most {LONGEST_TEXT} characters; this one has {len(text)}.",
            LONGEST_TEXT,
        )
    return _Reader(text).program()


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text.replace("**", "^ ")):
        kind = found.lastgroup or ""
        token = _SAME_SIGNS.get(found.group(), found.group())
        yield _Token(token if kind == "sign" else kind, token, found.start(), found.end())
    yield _Token("end", "the end", len(text), len(text))


def _checked_name(token: _Token) -> str:
    if len(token.text) > _LONGEST_NAME:
        raise ExpressionRefusedError(
            f"A name has at most {_LONGEST_NAME} characters.", token.position
        )
    return token.text


class _Reader:
    """Reads from left to right, one rule of the grammar a method; each returns an id."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0
        self._operations: dict[str, Operation] = {}

    def program(self) -> tuple[Operation, ...]:
        output = ""
        while self._takes(";"):
            pass
        while self._here.kind != "end":
            output = self._line()
            if self._here.kind not in (";", "end"):
                raise self._unexpected("an operator")
            while self._takes(";"):
                pass
        self._check_that_all_is_used(output)
        # Nothing reads what the last line says, so it may stand behind all others.
        last = self._operations.pop(output)
        return (*self._operations.values(), last)

    def _line(self) -> str:
        name, sign = self._here, self._tokens[min(self._place + 1, self._last)]
        if name.kind != "name" or sign.kind != "=":
            return self._sum()
        if name.text in FUNCTIONS or name.text in self._operations:
            raise ExpressionRefusedError(
                f"{name.text} already stands for something.", name.position
            )
        self._place += 2
        operation = self._operations.pop(self._sum())
        if not operation.id.startswith("#") or operation.kind == "constant":
            raise ExpressionRefusedError(
                f"{name.text} would only be another name. Give variables their values beside the "
                "drawing.",
                name.position,
            )
        self._operations[name.text] = replace(operation, id=_checked_name(name))
        return name.text

    def _sum(self) -> str:
        start = self._here.position
        value = self._product()
        while self._here.kind in ("+", "-"):
            kind = _GATES[self._next().kind]
            value = self._add(kind, start, (value, self._product()))
        return value

    def _product(self) -> str:
        start = self._here.position
        value = self._sign()
        while True:
            if self._here.kind in ("*", "/"):
                kind = _GATES[self._next().kind]
            elif self._here.kind in ("name", "("):
                if self._tokens[self._place - 1].kind == "name":
                    raise self._unexpected("an operator")
                kind = "multiply"
            else:
                return value
            value = self._add(kind, start, (value, self._sign()))

    def _sign(self) -> str:
        start = self._here.position
        if not self._takes("-"):
            return self._power()
        after = self._tokens[min(self._place + 1, self._last)]
        if self._here.kind == "number" and after.kind != "^":
            return self._add("constant", start, number=-float(self._next().text))
        return self._add("negate", start, (self._power(),))

    def _power(self) -> str:
        start = self._here.position
        base = self._atom()
        if not self._takes("^"):
            return base
        sign = -1 if self._takes("-") else 1
        if self._here.kind != "number":
            raise ExpressionRefusedError(
                "An exponent is a number here. Write exp(y * log(x)) for x to the power of y.",
                self._here.position,
            )
        return self._add("power", start, (base,), sign * float(self._next().text))

    def _atom(self) -> str:
        if self._here.kind not in ("number", "name", "("):
            raise self._unexpected("a number, a name or a bracket")
        token = self._next()
        if token.kind == "number":
            return self._add("constant", token.position, number=float(token.text))
        if token.kind == "(":
            return self._inside()
        if token.text in FUNCTIONS:
            return self._function(token)
        if self._here.kind == "(":
            raise ExpressionRefusedError(
                f"There is no function {token.text}. There are {', '.join(FUNCTIONS)}.",
                token.position,
            )
        if token.text not in self._operations:
            self._keep(Operation(_checked_name(token), "variable", token.text), token.position)
        return token.text

    def _function(self, name: _Token) -> str:
        if not self._takes("("):
            raise self._unexpected("a bracket")
        inputs = [self._inside(",")]
        while self._tokens[self._place - 1].kind == ",":
            inputs.append(self._inside(","))
        fits = 2 <= len(inputs) <= MOST_OF_MAX if name.text == "max" else len(inputs) == 1
        if not fits:
            wanted = f"2 to {MOST_OF_MAX} numbers" if name.text == "max" else "one number"
            raise ExpressionRefusedError(f"{name.text} takes {wanted}.", name.position)
        return self._add(name.text, name.position, tuple(inputs))

    def _inside(self, other_end: str = ")") -> str:
        """A sum and the bracket or comma behind it."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionRefusedError(
                f"Brackets stand at most {_DEEPEST} deep here.", self._here.position
            )
        value = self._sum()
        if not (self._takes(")") or self._takes(other_end)):
            raise self._unexpected("a closing bracket")
        self._depth -= 1
        return value

    def _add(
        self, kind: str, start: int, inputs: tuple[str, ...] = (), number: float | None = None
    ) -> str:
        text = self._text[start : self._tokens[self._place - 1].end]
        operation = Operation(f"#{len(self._operations)}", kind, text, inputs, number)
        self._keep(operation, start)
        return operation.id

    def _keep(self, operation: Operation, position: int) -> None:
        if len(self._operations) == MOST_OPERATIONS:
            raise ExpressionRefusedError(
                f"A graph has at most {MOST_OPERATIONS} nodes here.", position
            )
        self._operations[operation.id] = operation

    def _check_that_all_is_used(self, output: str) -> None:
        if not any(each.kind == "variable" for each in self._operations.values()):
            raise ExpressionRefusedError(
                "There is no variable in it, so nothing to blame: try 3x + 5x.", 0
            )
        read = {name for each in self._operations.values() for name in each.inputs}
        unread = [name for name in self._operations if name not in read and name != output]
        if unread:
            raise ExpressionRefusedError(f"{unread[0]} is computed and never used.", 0)

    def _takes(self, kind: str) -> bool:
        found = self._here.kind == kind
        self._place += found
        return found

    def _next(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    @property
    def _here(self) -> _Token:
        return self._tokens[self._place]

    @property
    def _last(self) -> int:
        return len(self._tokens) - 1

    def _unexpected(self, wanted: str) -> ExpressionRefusedError:
        found = self._here
        text = found.text if found.kind == "end" else f"“{self._text[found.position : found.end]}”"
        return ExpressionRefusedError(f"Here stands {text} where {wanted} belongs.", found.position)
