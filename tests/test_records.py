"""Our `dataclass` does what the standard one does, whatever the class and however it is used."""

import ast
import copy
import dataclasses
import inspect
import pickle
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans import records

NAMES = ["a", "b", "c", "d"]
VALUES = st.one_of(st.integers(0, 2), st.sampled_from(["", "x", (1, [2]), None]))


@st.composite
def classes(draw, names=NAMES, base=(None, None)):
    """The same class twice, made by the standard library and by us; sometimes one that is made from another."""
    fields = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    given = {name: draw(st.sampled_from(["needed", "plain", "default", "factory"])) for name in fields}
    shown, compared = draw(st.booleans()), draw(st.booleans())
    how = {"frozen": draw(st.booleans()) if base[0] is None else frozen(base[1]), "eq": draw(st.booleans())}
    how["kw_only"] = draw(st.booleans())
    bodies = []
    for module in (dataclasses, records):
        body = {"__annotations__": {**dict.fromkeys(fields, "int"), "shared": ClassVar[int]}, "shared": 7}
        for name, kind in given.items():
            told = {"repr": shown, "compare": compared, "metadata": {"unit": "m"}}
            default = {
                "needed": module.field(**told),
                "plain": 5,
                "default": module.field(default=(1, [2]), **told),
                "factory": module.field(default_factory=list, **told),
            }[kind]
            body[name] = default
        bodies.append(body)
    made = [outcome(module.dataclass(**how), type("Made", (old,) if old else (), body))
            for module, body, old in zip((dataclasses, records), bodies, base, strict=True)]  # fmt: skip
    if base[0] is None and all(isinstance(one, type) for one in made) and draw(st.booleans()):
        return draw(classes(["b", "e"], tuple(made)))
    return made


def frozen(cls):
    return cls.__dataclass_params__.frozen


def outcome(function, *values, **named):
    """What a function returns, or the class of what it raises."""
    try:
        return function(*values, **named)
    except Exception as error:
        return type(error).__name__


def alike(standard, ours):
    assert type(standard) is type(ours) or {type(standard).__name__, type(ours).__name__} == {"Made"}
    if isinstance(standard, str):
        assert standard == ours
        return False
    return True


@given(
    classes(), st.lists(VALUES, max_size=4), st.dictionaries(st.sampled_from([*NAMES, "e", "self"]), VALUES), st.data()
)
def test_a_record_is_a_standard_dataclass(made, values, named, data):
    if not alike(*made):
        return
    standard, ours = made
    assert inspect.signature(standard) == inspect.signature(ours)
    assert standard.__match_args__ == ours.__match_args__
    about = [[(f.name, f.repr, f.compare, f.kw_only, dict(f.metadata)) for f in dataclasses.fields(c)] for c in made]
    assert (
        about[0] == about[1] == [(f.name, f.repr, f.compare, f.kw_only, dict(f.metadata)) for f in records.fields(ours)]
    )
    one, other = (outcome(cls, *values, **named) for cls in made)
    if not alike(one, other):
        return
    assert repr(one) == repr(other)
    assert vars(one) == vars(other)
    assert dataclasses.asdict(one) == dataclasses.asdict(other) == records.asdict(other)
    assert (
        outcome(hash, one) == outcome(hash, other)
        or not dataclasses.fields(standard)
        or standard.__eq__ is object.__eq__
    )
    changes = data.draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2))
    changed = [
        outcome(dataclasses.replace, one, **changes),
        outcome(dataclasses.replace, other, **changes),
        outcome(records.replace, other, **changes),
    ]
    if alike(changed[0], changed[1]) and alike(changed[0], changed[2]):
        assert vars(changed[0]) == vars(changed[1]) == vars(changed[2])
        assert (one == changed[0]) == (other == changed[1])
    assert one != other
    assert (one == copy.copy(one)) == (other == copy.copy(other))
    for change in (lambda it: setattr(it, "a", 1), lambda it: delattr(it, "a"), lambda it: setattr(it, "new", 1)):
        assert outcome(change, one) == outcome(change, other)
        assert vars(one) == vars(other)


@records.dataclass(frozen=True)
class Pair:
    """Two numbers."""

    left: int
    right: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "right", int(self.right))

    @cached_property
    def sum(self) -> int:
        return self.left + self.right


class More(Pair):
    """With what is its own."""

    def __init__(self, left):
        super().__init__(left)
        self.noted = left


@dataclasses.dataclass(frozen=True)
class Standard(Pair):
    last: int = 0


def test_a_record_is_finished_cached_pickled_and_inherited():
    pair = Pair(1, "3")
    assert (pair.right, pair.sum, pickle.loads(pickle.dumps(pair))) == (3, 4, pair)
    assert records.asdict(pair) == {"left": 1, "right": 3}
    assert More(1).noted == 1
    with pytest.raises(dataclasses.FrozenInstanceError, match="'left'"):
        More(1).left = 2
    assert list(inspect.signature(More).parameters) == ["left"]
    assert (Standard(1, 2, 3).last, Standard(1).sum) == (3, 3)
    with pytest.raises(TypeError, match=r"Pair\(\): missing a required argument: 'left'"):
        Pair()


def test_a_record_shows_itself_inside_itself():
    @records.dataclass()
    class Ring:
        inside: list

    ring = Ring([])
    ring.inside.append(ring)
    assert repr(ring).endswith("Ring(inside=[...])")


def test_every_class_of_fields_is_one_of_ours():
    source = Path(records.__file__).parent
    for path in source.rglob("*.py"):
        imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom | ast.Import)]
        names = {one.module if isinstance(one, ast.ImportFrom) else one.names[0].name for one in imports}
        assert "dataclasses" not in names, path
