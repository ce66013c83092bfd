"""What values are: dataclasses with slots and named arguments that never change, made quickly.

`dataclasses.dataclass(frozen=True, slots=True, kw_only=True)` compiles six functions for a class, all but one of which
are alike for all classes. A build of one post has more than a hundred classes, and took longer for these than for the
post. Here only `__init__` is compiled, and it stores through the slots themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields, is_dataclass
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")
#: stands for an argument that is not given, and whose default is made for each value
_ABSENT = object()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Return the class as one of values: equal if their fields are, and without a way to change them."""
    return _frozen(cls, kw_only=True)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def positional(cls: type[T]) -> type[T]:
    """Do the same for values whose fields are given in their order."""
    return _frozen(cls, kw_only=False)


def _frozen(cls: type[T], *, kw_only: bool) -> type[T]:
    inherited = {each.name for base in cls.__bases__ if is_dataclass(base) for each in fields(base)}
    described: Any = dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
    every = fields(described)
    own = tuple(each.name for each in every if each.name not in inherited)
    # as their defaults, the names would be in the way of the slots
    space = {name: held for name, held in vars(cls).items() if name not in (*own, "__dict__", "__weakref__")}
    made: Any = type(cls.__name__, cls.__bases__, {**space, "__slots__": own})
    made.__qualname__ = cls.__qualname__
    made.__init__ = _at_first(made, every)
    methods = _compared([each.name for each in every if each.compare])
    methods |= {"__repr__": _shown([each.name for each in every if each.repr])}
    for name, method in (methods | _kept([each.name for each in every])).items():
        if name not in space:
            setattr(made, name, method)
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    return made  # type: ignore[no-any-return]


def _at_first(cls: type[Any], every: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return what compiles the class's `__init__` when its first value is made: many have none in a build."""

    def first(self: object, *values: Any, **more: Any) -> None:  # noqa: ANN401 - any fields
        cls.__init__ = _init(cls, every)
        cls.__init__(self, *values, **more)

    return first


def _init(cls: type[Any], every: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return what sets the fields, as if somebody had written it."""
    known: dict[str, Any] = {"absent": _ABSENT}
    arguments: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for each in every:
        name, argument, given = each.name, each.name, each.name
        if not each.init:
            continue
        known[f"set_{name}"] = getattr(cls, name).__set__
        if each.default is not MISSING:
            known[f"default_{name}"] = each.default
            argument = f"{name}=default_{name}"
        elif each.default_factory is not MISSING:
            known[f"make_{name}"] = each.default_factory
            argument, given = f"{name}=absent", f"make_{name}() if {name} is absent else {name}"
        arguments[bool(each.kw_only)].append(argument)
        lines.append(f"  set_{name}(self, {given})")
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    head = ", ".join(["self", *arguments[False], *(["*", *arguments[True]] if arguments[True] else [])])
    exec(f"def __init__({head}):\n" + ("\n".join(lines) or "  pass"), known)  # noqa: S102 - names of our own fields
    return known["__init__"]  # type: ignore[no-any-return]


def _compared(names: list[str]) -> dict[str, Callable[..., Any]]:
    content = attrgetter("__class__", *names)

    def equal(self: object, other: object) -> bool:
        return content(self) == content(other) if other.__class__ is self.__class__ else NotImplemented

    def digest(self: object) -> int:
        return hash(content(self))

    return {"__eq__": equal, "__hash__": digest}


def _shown(names: list[str]) -> Callable[[object], str]:
    def shown(self: object) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _kept(names: list[str]) -> dict[str, Callable[..., Any]]:
    def state_of(self: object) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: object, state: list[Any]) -> None:
        for name, held in zip(names, state, strict=True):
            object.__setattr__(self, name, held)

    return {"__getstate__": state_of, "__setstate__": restore}


def _refuse_to_set(_: object, name: str, __: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
