"""Sets of declared tables: the shape that a case and a plan have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import TypeAdapter

from allocator.schema.row import Row, columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableSet"]

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class TableSet:
    """Checked rows by sheet; sheets that are absent are empty.

    Parameters
    ----------
    tables
        Rows by sheet name, in sheet order.
    extras
        Sheets and columns the schema does not know, as read, so that they survive a round
        trip: ``{sheet: {column: values}}``.
    """

    tables: Mapping[str, tuple[Row, ...]]
    extras: Mapping[str, Mapping[str, tuple[object, ...]]] = field(default_factory=dict)

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """Return the rows of one sheet.

        Parameters
        ----------
        kind
            The sheet's row class.

        Raises
        ------
        TypeError
            If the table holds rows of another class.
        """
        found = self.tables.get(kind.sheet, ())
        if found and not isinstance(found[0], kind):
            raise TypeError(f"table {kind.sheet!r} holds {type(found[0]).__name__} rows")
        return found  # type: ignore[return-value]

    def frame(self, kind: type[R]) -> pd.DataFrame:
        """Return one sheet as a data frame with the declared columns, also when it is empty."""
        import pandas as pd  # only those who ask for frames wait for pandas

        cache: dict[str, pd.DataFrame] = self.__dict__.setdefault("_frames", {})
        if kind.sheet not in cache:
            names = [column.field for column in columns(kind)]
            rows = self.rows(kind)
            cache[kind.sheet] = pd.DataFrame(
                {name: [getattr(row, name) for row in rows] for name in names}, columns=names
            )
        return cache[kind.sheet]

    def replace(self, kind: type[R], rows: Iterable[R]) -> Self:
        """Return a copy with one sheet's rows exchanged."""
        return type(self)({**self.tables, kind.sheet: tuple(rows)}, self.extras)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all rows in canonical form; equal content gives an equal digest."""
        running = hashlib.sha256()
        for sheet in sorted(self.tables):
            rows = self.tables[sheet]
            if not rows:
                continue
            running.update(sheet.encode())
            adapter: TypeAdapter[list[Any]] = TypeAdapter(list[type(rows[0])])  # type: ignore[misc,arg-type]
            running.update(adapter.dump_json(list(rows)))
        return running.hexdigest()
