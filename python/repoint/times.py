"""Times as the package takes and gives them: `datetime` with a time zone; half-open intervals of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple, Union

from repoint.errors import InvalidError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

TimeLike = Union[str, date, datetime]
"""A moment or a day: a `datetime` with a time zone, a `date`, or text that `repoint help times` lists, such as
"2026-01-05" or "3 days ago"."""


class Interval(NamedTuple):
    """A range of time, its end excluded; both in UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S}"


def from_ms(milliseconds: int) -> datetime:
    """A moment in UTC from milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of a moment, which must have a time zone."""
    return (_aware(moment) - EPOCH) // timedelta(milliseconds=1)


def to_text(time: TimeLike) -> str:
    """A time as the library reads it."""
    if isinstance(time, datetime):
        return _aware(time).astimezone(timezone.utc).replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(time, date):
        return time.isoformat()
    if isinstance(time, str):
        return time
    raise TypeError(f"a time is a datetime, a date or text, not {type(time).__name__}")


def _aware(moment: datetime) -> datetime:
    if not isinstance(moment, datetime):
        raise TypeError(f"a moment is a datetime, not {type(moment).__name__}")
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidError(f"{moment.isoformat()} has no time zone", hint="give it one: tzinfo=timezone.utc")
    return moment
