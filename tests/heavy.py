"""Which tests run only when asked for: `python -m pytest -m heavy`.

Browsers, programs and servers of others, Dask, thousands of random cases, kills at many moments and long histories are
heavy. Of each such family that needs nothing of others a light sample runs by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

import pytest
from hypothesis import given, settings

heavy = pytest.mark.heavy


def sampled(values: Iterable[Any], *light: Any) -> list[Any]:
    """Return the values of a parametrised test, all heavy but the light ones; each is one argument of the test."""
    chosen = list(values)
    assert not [one for one in light if one not in chosen], "a light case is not among the cases"
    return [value if value in light else pytest.param(value, marks=heavy) for value in chosen]


def first(count: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases of a parametrised test, all heavy but so many of the first; each is all arguments of the test."""
    return [
        case if place < count else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=heavy)
        for place, case in enumerate(cases)
    ]


def given_at_length(few: int, many: int, *strategies: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a test of what holds for drawn values: for `few` examples by default, for `many` where heavy tests run.

    The test's fixtures come before the drawn values.
    """

    def made(check: Callable[..., None]) -> Callable[..., None]:
        fixtures = [*signature(check).parameters][: -len(strategies)]

        @pytest.mark.parametrize("examples", [few, pytest.param(many, marks=heavy)])
        def test(examples: int, request: pytest.FixtureRequest) -> None:
            drawing: Any = given
            given_too = {name: request.getfixturevalue(name) for name in fixtures}
            settings(max_examples=examples)(drawing(*strategies)(check))(**given_too)

        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        return test

    return made
