"""`dataclass`, as the standard library means it, at a fortieth of the cost of defining a class.

The standard one writes the methods of each class as source and compiles them, which takes about a millisecond a class:
with all that the command loads, a quarter of the time that a small picture takes. Here all classes share methods that
go through names instead. Creating an object takes about as long as there.

Only what pixmeans uses of it is here, and that means the same (`tests/test_records.py` compares the two). To type
checkers these are the standard functions. To the rest of the world, too: `dataclasses.fields`, `replace` and `asdict`
know the classes, and so does `inspect.signature`. What they ask for is made when they do.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, fields, replace
    from typing import Any

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]

_NONE: Any = object()  # no default


class _Field:
    """What is known of a field; the names are those of `dataclasses.Field`."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "metadata", "name", "repr", "type")

    def __init__(
        self, default: Any, default_factory: Callable[[], Any] | None, repr: bool, compare: bool, metadata: Any
    ) -> None:
        self.name, self.type, self.kw_only = "", "", False
        self.default, self.default_factory = default, default_factory
        self.repr, self.compare, self.metadata = repr, compare, metadata

    @property
    def is_optional(self) -> bool:
        return self.default is not _NONE or self.default_factory is not None

    def standard(self, module: Any) -> Any:
        """The same for the standard library. module: `dataclasses`."""
        given = {"repr": self.repr, "compare": self.compare, "metadata": self.metadata, "kw_only": self.kw_only}
        if self.default is not _NONE:
            given["default"] = self.default
        elif self.default_factory is not None:
            given["default_factory"] = self.default_factory
        return module.field(**given)


def _field(
    *,
    default: Any = _NONE,
    default_factory: Callable[[], Any] | None = None,
    repr: bool = True,
    compare: bool = True,
    metadata: Mapping[str, Any] = {},
) -> Any:
    if default is not _NONE and default_factory is not None:
        raise ValueError("cannot specify both default and default_factory")
    return _Field(default, default_factory, repr, compare, metadata)


class _Layout:
    """The fields of a class, by what they are needed for."""

    __slots__ = ("compared", "eq", "fields", "frozen", "positional", "shown", "twin")

    def __init__(self, found: dict[str, _Field], frozen: bool, eq: bool) -> None:
        self.fields, self.frozen, self.eq = found, frozen, eq
        self.twin: Any = None  # see `_twin`
        self.positional = tuple(name for name, one in found.items() if not one.kw_only)
        self.shown = tuple(name for name, one in found.items() if one.repr)
        self.compared = tuple(name for name, one in found.items() if one.compare)

    def check(self) -> None:
        """Raises TypeError where a field without a default stands behind one that has one."""
        optional = False
        for name in self.positional:
            if optional and not self.fields[name].is_optional:
                raise TypeError(f"non-default argument {name!r} follows default argument")
            optional = self.fields[name].is_optional


def _dataclass(cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, kw_only: bool = False) -> Any:
    if cls is None:
        return lambda cls: _dataclass(cls, frozen=frozen, eq=eq, kw_only=kw_only)
    layout = _Layout(_fields_of(cls, kw_only), frozen, eq)
    layout.check()
    made: dict[str, Any] = {"__init__": _init_of(cls, layout), "__repr__": _repr, "__match_args__": layout.positional}
    made["__replace__"] = _replace  # of Python 3.13's `copy`
    if eq:
        made["__eq__"] = _eq
    if frozen:
        made["__setattr__"], made["__delattr__"] = _refusals(cls, layout)
    own = cls.__dict__
    for name, value in made.items():
        if name not in own:
            setattr(cls, name, value)
    if eq and own.get("__hash__") is None:  # that is what Python sets beside an __eq__ in the body of a class
        cls.__hash__ = _hash if frozen else None  # type: ignore[assignment]
    record: Any = cls
    record.__record__ = layout
    for name in ("__dataclass_fields__", "__dataclass_params__", "__signature__"):
        setattr(cls, name, _ToOthers(name))
    return cls


def _fields_of(cls: type, kw_only: bool) -> dict[str, _Field]:
    """Those of the classes that it is made from, and its own."""
    found: dict[str, _Field] = {}
    for base in cls.__mro__[:0:-1]:
        if "__record__" in base.__dict__:
            found.update(base.__dict__["__record__"].fields)
    for name, annotation in cls.__annotations__.items():
        text = annotation if isinstance(annotation, str) else repr(annotation)
        if text.startswith(("ClassVar", "typing.ClassVar")):
            continue
        default = cls.__dict__.get(name, _NONE)
        one = default if isinstance(default, _Field) else _Field(default, None, True, True, {})
        one.name, one.type, one.kw_only = name, annotation, kw_only
        if one.default is not _NONE:
            if one.default.__class__.__hash__ is None:
                raise ValueError(f"mutable default for field {name} is not allowed: use default_factory")
            setattr(cls, name, one.default)
        elif name in cls.__dict__:
            delattr(cls, name)
        found[name] = one
    return found


def _init_of(cls: type, layout: _Layout) -> Callable[..., None]:
    positional, names = layout.positional, layout.fields.keys()
    all_positional = len(positional) if len(positional) == len(names) else -1
    defaults = {name: one.default for name, one in layout.fields.items() if one.default is not _NONE}
    factories = {name: one.default_factory for name, one in layout.fields.items() if one.default_factory is not None}
    ends = getattr(cls, "__post_init__", None) is not None

    def __init__(self: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807
        state = self.__dict__
        if len(values) == all_positional and not named:
            state.update(zip(positional, values, strict=True))
        else:
            state.update(defaults)
            state.update(zip(positional, values, strict=False))
            if named:
                _check_names(cls, names, positional, values, named)
                state.update(named)
            for name, make in factories.items():
                if name not in state:
                    state[name] = make()
            if len(values) > len(positional) or len(state) != len(names):
                _refuse(cls, values, named)
        if ends:
            self.__post_init__()

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _check_names(cls: type, names: Any, positional: tuple[str, ...], values: Any, named: dict[str, Any]) -> None:
    if not (named.keys() <= names) or (values and not named.keys().isdisjoint(positional[: len(values)])):
        _refuse(cls, values, named)


def _refuse(cls: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Raises the TypeError that says which argument is missing or too many."""
    import inspect  # only now: it takes ten milliseconds

    try:
        _twin(cls).__signature__.bind(*values, **named)
    except TypeError as error:
        raise TypeError(f"{cls.__qualname__}(): {error}") from None
    raise AssertionError(inspect.signature(cls))


def _refusals(cls: Any, layout: _Layout) -> tuple[Callable[..., None], Callable[..., None]]:
    """How a frozen class keeps its fields; a class made from it may have attributes of its own."""
    names = layout.fields.keys()

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__


@reprlib.recursive_repr("...")
def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record__.shown)
    return f"{self.__class__.__qualname__}({shown})"


def _compared(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__record__.compared])


def _eq(self: Any, other: object) -> Any:
    return _compared(self) == _compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _fields(record: Any) -> tuple[_Field, ...]:
    return tuple(record.__record__.fields.values())


def _replace(record: Any, /, **changes: Any) -> Any:
    return record.__class__(**{**{name: getattr(record, name) for name in record.__record__.fields}, **changes})


def _asdict(record: Any) -> Any:
    """All fields by name, down to the last record, list, tuple and dictionary; what else may change is copied."""
    if hasattr(type(record), "__record__"):
        return {name: _asdict(getattr(record, name)) for name in record.__record__.fields}
    if isinstance(record, tuple):
        parts = [_asdict(one) for one in record]
        return type(record)(*parts) if hasattr(record, "_fields") else type(record)(parts)
    if isinstance(record, list):
        return type(record)(_asdict(one) for one in record)
    if isinstance(record, dict):
        return type(record)((_asdict(key), _asdict(value)) for key, value in record.items())
    if record is None or isinstance(record, _FIXED):
        return record
    import copy  # only now: most records hold nothing else

    return copy.deepcopy(record)


_FIXED = (str, int, float, bytes)


def _twin(cls: Any) -> Any:
    """A standard dataclass of the same fields."""
    layout: _Layout = cls.__record__
    if layout.twin is not None:
        return layout.twin
    import dataclasses
    import inspect

    of = [(name, one.type, one.standard(dataclasses)) for name, one in layout.fields.items()]
    twin: Any = dataclasses.make_dataclass(cls.__name__, of, frozen=layout.frozen, eq=layout.eq)
    twin.__signature__ = inspect.signature(twin)
    layout.twin = twin
    return twin


class _ToOthers:
    """What other libraries look for at a dataclass, made when they do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, record: object, cls: Any) -> Any:
        if self._name == "__signature__" and "__record__" not in cls.__dict__:
            raise AttributeError(self._name)  # a class made from one may have other arguments
        return getattr(_twin(cls), self._name)


if not TYPE_CHECKING:
    asdict, dataclass, field, fields, replace = _asdict, _dataclass, _field, _fields, _replace
