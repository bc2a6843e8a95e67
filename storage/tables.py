"""Tables declared as classes, in the words of SQLAlchemy's ORM and without loading it.

    class Tool(Base):
        __tablename__ = "tools"
        id: Mapped[int] = mapped_column(primary_key=True)
        link: Mapped[str | None]

The class stands for its table in statements, its attributes for the columns; a type checker reads it as the ORM's.
No row is ever made an object of it, so that nothing else of the ORM is needed: at run time the classes are plain
`Table`s of SQLAlchemy's Core. Loading and mapping with the ORM costs a tenth of a second at each start, and 8 MB.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from sqlalchemy import Boolean, Column, Double, Index, Integer, MetaData, String, Table, TextClause

__all__ = ["DeclarativeBase", "Mapped", "aliased", "mapped_column", "partial_index", "speak_postgresql"]

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column
else:
    T = TypeVar("T")

    class Mapped(Generic[T]):
        """Marks an annotation as a column's."""

    class _Declared:
        """What `mapped_column` was given."""

        def __init__(self, *of: Any, **how: Any) -> None:
            self.of, self.how = of, how

    mapped_column = _Declared

    class _Aliased:
        """The table under another name, with its columns as attributes, as the class has them."""

        def __init__(self, table: type[DeclarativeBase], *, name: str | None = None) -> None:
            self._alias = table.__table__.alias(name)
            vars(self).update(self._alias.c.items())

        def __clause_element__(self) -> Any:
            return self._alias

    aliased = _Aliased

    class _TableClass(type):
        def __clause_element__(cls) -> Table:
            """What stands for the class in a statement."""
            return cls.__table__

    class DeclarativeBase(metaclass=_TableClass):
        metadata: ClassVar[MetaData]
        type_annotation_map: ClassVar[dict[Any, Any]] = {}

        def __init_subclass__(cls) -> None:
            if "__tablename__" in vars(cls):
                _declare(cls)


_TYPES: Final = {int: Integer, str: String, bool: Boolean, float: Double}


def _declare(cls: Any) -> None:
    """Make the table, and have the class's attributes be its columns."""
    types = _TYPES | cls.type_annotation_map
    columns = []
    for name, hint in get_type_hints(cls).items():
        if get_origin(hint) is not Mapped:
            continue
        [held] = get_args(hint)
        optional = NoneType in get_args(held) if isinstance(held, UnionType) else False
        if optional:
            [held] = [part for part in get_args(held) if part is not NoneType]
        declared: Any = vars(cls).get(name, mapped_column())
        of = declared.of or (types[held],)
        columns.append(Column(name, *of, **({"nullable": optional} | declared.how)))
    arguments = vars(cls).get("__table_args__", ())
    options = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    parts = [part for part in arguments if part is not options]
    cls.__table__ = Table(cls.__tablename__, cls.metadata, *columns, *parts, **options)
    for column in columns:
        setattr(cls, column.name, column)


def partial_index(name: str, *columns: str, where: TextClause) -> Index:
    """An index of the rows for which this is true."""
    return Index(name, *columns, sqlite_where=where, info={"where": where})


def speak_postgresql(metadata: MetaData) -> None:
    """Partial indexes are so on PostgreSQL too. To say it where they are declared would load that dialect (2 MB)."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = index.info["where"]
