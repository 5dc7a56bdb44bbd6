"""Results of analyses: tables of sums, and process trees."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any, Iterator, Optional

from ._native import Process


class Table:
    """A table: a list of rows, each a dictionary.

    ``rows`` are the rows, and ``total`` has the sums of all events; it is empty for ``xref``. If the log has too many
    names, ``others`` has the sums of the events without a row; otherwise, it is ``None``.
    """

    def __init__(self, kind: str, table: dict[str, Any]) -> None:
        self.kind = kind
        self.rows: list[dict[str, Any]] = table["rows"]
        self.total: dict[str, Any] = table["total"]
        self.others: Optional[dict[str, Any]] = table["others"]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    @property
    def columns(self) -> list[str]:
        """The keys of the rows. The list is empty if the table has no rows."""
        return list(self.rows[0]) if self.rows else []

    def to_pandas(self) -> Any:
        """Returns the rows as a ``pandas.DataFrame``. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.rows)

    def __repr__(self) -> str:
        return f"<Table {self.kind}: {len(self.rows)} rows>"

    def _repr_html_(self) -> str:
        shown = self.rows[:20]
        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        cells = ("".join(f"<td>{escape(_text(value))}</td>" for value in row.values()) for row in shown)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        caption = f"<caption>{escape(self.kind)}: {len(self.rows)} rows</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


class TreeNode:
    """A process in a tree.

    ``is_orphan`` is true if the parent is not in the log. ``shares_pid`` is true if another process has the same PID.
    """

    def __init__(self, depth: int, process: Process, parent: Optional[TreeNode], flags: tuple[bool, bool]) -> None:
        self.depth = depth
        self.process = process
        self.parent = parent
        self.children: list[TreeNode] = []
        self.is_orphan, self.shares_pid = flags

    def __iter__(self) -> Iterator[TreeNode]:
        """Iterates over the node and all nodes below it, each before its children."""
        left = [self]
        while left:
            node = left.pop()
            yield node
            left.extend(reversed(node.children))

    def __str__(self) -> str:
        return "\n".join("  " * (node.depth - self.depth) + str(node.process) for node in self)

    def __repr__(self) -> str:
        return f"<TreeNode {self.process}: {len(self.children)} children>"


class ProcessTree:
    """The processes of a log as a tree. Iteration visits each process before its children."""

    def __init__(self, rows: list[tuple[int, Process, Optional[int], int, bool, bool]]) -> None:
        self.roots: list[TreeNode] = []
        nodes: list[TreeNode] = []
        for depth, process, parent, _children, is_orphan, shares_pid in rows:
            above = None if parent is None else nodes[parent]
            node = TreeNode(depth, process, above, (is_orphan, shares_pid))
            nodes.append(node)
            (self.roots if above is None else above.children).append(node)
        self._nodes = nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[TreeNode]:
        return iter(self._nodes)

    def __str__(self) -> str:
        return "\n".join("  " * node.depth + str(node.process) for node in self)

    def __repr__(self) -> str:
        return f"<ProcessTree: {len(self._nodes)} processes>"

    def _repr_html_(self) -> str:
        parts = ["<ul>"]
        depth = 0
        for node in self:
            parts.append("<ul>" * max(node.depth - depth, 0) + "</ul>" * max(depth - node.depth, 0))
            depth = node.depth
            parts.append(f"<li>{escape(str(node.process))} <code>{escape(node.process.command_line)}</code></li>")
        parts.append("</ul>" * (depth + 1))
        return "".join(parts)
