"""Checks of arguments."""

from __future__ import annotations

import math
import reprlib
from typing import Any, NoReturn, Type, Union

from .errors import EvenkeelError

MOST_SECONDS = 365.0 * 24 * 3600


def check_type(what: str, value: object, kind: Type[Any], wanted: str) -> None:
    """Raises TypeError, beginning with `what`, unless the value has that type."""
    if not isinstance(value, kind):
        refuse(what, value, wanted)


def number(what: str, value: Any) -> Union[int, float]:
    """The value, if it is a number of Python, numpy or torch. Raises TypeError if not."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        refuse(what, value, "a number")
    return float(value)


def whole_number(what: str, value: Any) -> int:
    """As number()."""
    if not hasattr(value, "__index__"):
        refuse(what, value, "a whole number")
    return int(value.__index__())


def seconds(what: str, value: Any) -> float:
    """As number(); raises EvenkeelError unless it is from 0 to a year."""
    given = number(what, value)
    if not (math.isfinite(given) and 0 <= given <= MOST_SECONDS):
        raise EvenkeelError(f"{what}: {value} is not a duration; give seconds, from 0 to a year")
    return float(given)


def refuse(what: str, value: object, wanted: str) -> NoReturn:
    """Raises TypeError, beginning with `what`."""
    raise TypeError(f"{what}: got {reprlib.repr(value)}, which is of type {type(value).__name__};"
                    f" give {wanted}")
