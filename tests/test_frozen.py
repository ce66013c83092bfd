"""Values that never change: they are what the standard library makes, and are made in a fraction of its time."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from feedtool.frozen import frozen, positional


@frozen
class Tea:
    """A value."""

    name: str
    grams: int = 100
    origins: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    hidden: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardTea:
    """The same, made by the standard library."""

    name: str
    grams: int = 100
    origins: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    hidden: str = field(default="", repr=False, compare=False)


@positional
class Cup:
    """A value whose fields need no names."""

    size: int
    full: bool = False


@frozen
class GreenTea(Tea):
    """A value with more fields than another."""

    steamed: bool = True


def test_values_are_those_of_the_standard_library() -> None:
    """Their text, their fields, their equality and their copies."""
    some: tuple[Any, Any] = (Tea(name="Assam"), StandardTea(name="Assam"))
    assert repr(some[0]) == repr(some[1]).replace("StandardTea", "Tea")
    described = [[(each.name, each.default, each.kw_only, each.init) for each in fields(one)] for one in some]
    assert described[0] == described[1]
    for one in some:
        assert one == replace(one, hidden="x") != replace(one, grams=1)
        assert one != object()
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
        assert not hasattr(one, "__dict__")
        with pytest.raises(FrozenInstanceError, match="grams"):
            one.grams = 1
        with pytest.raises(FrozenInstanceError, match="grams"):
            del one.grams
        with pytest.raises(TypeError):
            type(one)("Assam")
        with pytest.raises(TypeError):
            type(one)()


def test_values_of_plain_fields_can_be_keys() -> None:
    """Equal values are one key; values of another kind are another."""
    assert {Cup(1): "a", Cup(1, True): "b"}[Cup(1, full=False)] == "a"  # noqa: FBT003 - what is tested
    assert hash(Cup(1)) == hash(Cup(1))
    assert GreenTea(name="Sencha") == GreenTea(name="Sencha", steamed=True) != Tea(name="Sencha")


def test_a_default_that_can_change_is_made_for_each_value() -> None:
    """Two values never share it."""
    assert Tea(name="a").notes is not Tea(name="a").notes
