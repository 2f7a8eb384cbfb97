"""A pickle read as a list of opcodes, by a machine that can do nothing.

`pickletools.genops` splits a pickle into opcodes; the machine keeps their stack. Where unpickling
would import a name or call it, the machine notes that as a value (`values`). So a pickle can
say whatever it likes.
"""

import pickletools
import struct
from collections.abc import Callable, Iterator
from typing import IO, Any, ClassVar, Final

from models.checkpoints.pickles.values import Call, Gathered, Name, OddKey, Persistent

# A tensor takes some 40, and 20 bytes of memory each; an optimiser keeps three tensors for one.
MOST_OPCODES: Final = 3_000_000
_MOST_NAMES: Final = 1_000

# Of the opcodes that push their own argument.
_WITHOUT_EFFECT: Final = frozenset(("PROTO", "FRAME"))
_LITERALS: Final = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
        *("BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    )
)
_KEYS: Final = (str, int, type(None))


class PickleError(Exception):
    """The bytes are no pickle, or one that is not read here; the message ends a sentence."""


class Machine:
    """Reads one pickle.

    Attributes:
        names: what the pickle names so far, also where it proves to be none later on.
        extensions: codes of the registry of `copyreg` that it uses.
        persistent: what it refers to outside of itself, in the order of the pickle.
    """

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], Name] = {}
        self.extensions: list[int] = []
        self.persistent: list[Persistent] = []
        self._stack: list[Any] = []
        # Stacks below the marks that are open.
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def read(self, stream: IO[bytes], most_opcodes: int = MOST_OPCODES) -> Any:
        """The value of the next pickle of the stream, which then stands behind it.

        Raises:
            PickleError: there is none.
        """
        left = most_opcodes
        for name, argument in _opcodes(stream):
            left -= 1
            if left < 0:
                raise PickleError(f"has more than {most_opcodes:,} steps")
            if name in _LITERALS:
                self._stack.append(argument)
            elif name == "STOP":
                return self._pop()
            elif name not in _WITHOUT_EFFECT:
                step = self._STEPS.get(name)
                if step is None:
                    raise PickleError(f"has a step that is not read here ({name})")
                step(self, argument)
        raise PickleError("has no end")

    def _pop(self) -> Any:
        if not self._stack:
            raise PickleError("takes from an empty stack")
        return self._stack.pop()

    def _top(self) -> Any:
        if not self._stack:
            raise PickleError("looks at an empty stack")
        return self._stack[-1]

    def _since_mark(self) -> list[Any]:
        if not self._below:
            raise PickleError("closes what it has not opened")
        found, self._stack = self._stack, self._below.pop()
        return found

    def _mark(self, _: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _name(self, module: Any, name: Any) -> Name:
        if not isinstance(module, str) or not isinstance(name, str):
            raise PickleError("names something with what is no text")
        if (module, name) not in self.names:
            if len(self.names) >= _MOST_NAMES:
                raise PickleError(f"names more than {_MOST_NAMES:,} classes and functions")
            self.names[module, name] = Name(module, name)
        return self.names[module, name]

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(self._name(module, name))

    def _stack_global(self, _: Any) -> None:
        name, module = self._pop(), self._pop()
        self._stack.append(self._name(module, name))

    def _extension(self, code: int) -> None:
        self.extensions.append(code)
        raise PickleError(f"takes something from a registry (extension {code})")

    def _call(self, function: Any, arguments: Any) -> None:
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise PickleError("calls something that is no name")
        self._stack.append(Call(function, arguments))

    def _reduce(self, _: Any) -> None:
        arguments, function = self._pop(), self._pop()
        self._call(function, arguments)

    def _newobj_ex(self, _: Any) -> None:
        keywords, arguments, function = self._pop(), self._pop(), self._pop()
        self._call(function, arguments)
        self._stack[-1].items = keywords if isinstance(keywords, dict) else None

    def _inst(self, argument: str) -> None:
        arguments = tuple(self._since_mark())
        module, _, name = argument.partition(" ")
        self._call(self._name(module, name), arguments)

    def _obj(self, _: Any) -> None:
        function, *arguments = self._since_mark() or [None]
        self._call(function, tuple(arguments))

    def _build(self, _: Any) -> None:
        state, value = self._pop(), self._top()
        if not isinstance(value, Call):
            raise PickleError("tells what is no object what it is")
        value.state = state

    def _put(self, index: int) -> None:
        self._memo[index] = self._top()

    def _get(self, index: int) -> None:
        if index not in self._memo:
            raise PickleError("refers to what it has not said")
        self._stack.append(self._memo[index])

    def _add(self, values: list[Any]) -> None:
        target = self._top()
        if isinstance(target, list):
            target.extend(values)
        elif isinstance(target, Gathered):
            target.elements.extend(values)
        elif isinstance(target, Call):
            target.elements = target.elements if target.elements is not None else []
            target.elements.extend(values)
        else:
            raise PickleError("appends to what is no list")

    def _set(self, values: list[Any]) -> None:
        target = self._top()
        if isinstance(target, Call):
            target.items = target.items if target.items is not None else {}
            target = target.items
        if not isinstance(target, dict) or len(values) % 2:
            raise PickleError("sets items of what is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[_hashable(key)] = value

    def _append(self, _: Any) -> None:
        self._add([self._pop()])

    def _appends(self, _: Any) -> None:
        self._add(self._since_mark())

    def _set_item(self, _: Any) -> None:
        value, key = self._pop(), self._pop()
        self._set([key, value])

    def _set_items(self, _: Any) -> None:
        self._set(self._since_mark())

    def _dict(self, _: Any) -> None:
        values = self._since_mark()
        self._stack.append({})
        self._set(values)

    def _list(self, _: Any) -> None:
        values = self._since_mark()
        self._stack.append(values)

    def _tuple(self, _: Any) -> None:
        values = self._since_mark()
        self._stack.append(tuple(values))

    def _frozenset(self, _: Any) -> None:
        values = self._since_mark()
        self._stack.append(Gathered(values))

    def _tuple_of(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._stack.append(tuple(reversed(values)))

    def _pop_one(self, _: Any) -> None:
        # As unpickling has it: on an empty stack it takes the mark away.
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()

    def _outside(self, identity: Any) -> None:
        self.persistent.append(Persistent(identity))
        self._stack.append(self.persistent[-1])

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    _STEPS: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {
        "NONE": lambda self, _: self._push(None),
        "NEWTRUE": lambda self, _: self._push(True),
        "NEWFALSE": lambda self, _: self._push(False),
        "EMPTY_LIST": lambda self, _: self._push([]),
        "EMPTY_TUPLE": lambda self, _: self._push(()),
        "EMPTY_DICT": lambda self, _: self._push({}),
        "EMPTY_SET": lambda self, _: self._push(Gathered()),
        "APPEND": _append,
        "APPENDS": _appends,
        "ADDITEMS": _appends,
        "LIST": _list,
        "TUPLE": _tuple,
        "TUPLE1": lambda self, _: self._tuple_of(1),
        "TUPLE2": lambda self, _: self._tuple_of(2),
        "TUPLE3": lambda self, _: self._tuple_of(3),
        "DICT": _dict,
        "SETITEM": _set_item,
        "SETITEMS": _set_items,
        "FROZENSET": _frozenset,
        "POP": _pop_one,
        "POP_MARK": lambda self, _: self._since_mark(),
        "DUP": lambda self, _: self._push(self._top()),
        "MARK": _mark,
        "GET": _get,
        "BINGET": _get,
        "LONG_BINGET": _get,
        "PUT": _put,
        "BINPUT": _put,
        "LONG_BINPUT": _put,
        "MEMOIZE": lambda self, _: self._put(len(self._memo)),
        "EXT1": _extension,
        "EXT2": _extension,
        "EXT4": _extension,
        "GLOBAL": _global,
        "STACK_GLOBAL": _stack_global,
        "REDUCE": _reduce,
        "NEWOBJ": _reduce,
        "NEWOBJ_EX": _newobj_ex,
        "INST": _inst,
        "OBJ": _obj,
        "BUILD": _build,
        "PERSID": _outside,
        "BINPERSID": lambda self, _: self._outside(self._pop()),
    }


def _hashable(key: Any) -> Any:
    """The key, or what stands for it where hashing could take long."""
    if not isinstance(key, _KEYS) or (isinstance(key, int) and not -(2**31) <= key < 2**31):
        return OddKey()
    return key


def _opcodes(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            yield opcode.name, argument
    # What a number or a text of a damaged pickle can raise; its words are of no use to people.
    except (ValueError, AssertionError, OverflowError, struct.error) as error:
        raise PickleError("is cut short or damaged") from error
