"""A trace as text, and as HTML for notebooks: layer after layer, in the article's symbols."""

from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

import numpy as np

SHOWN = 8  # units of a layer; of wider ones the first
DIGITS = 9


class Table(NamedTuple):
    """Numbers with what they are called."""

    corner: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    more: str  # what is not shown


def number(value: Any) -> str:
    """Return a number with its digits, "" for None."""
    return "" if value is None else f"{value + 0.0:.{DIGITS}g}"  # no −0


def rest(n: int, what: str) -> str:
    """Return how many of n are not shown."""
    return f"{n - SHOWN} more {what}" if n > SHOWN else ""


def vector(values: np.ndarray) -> str:
    """Return the first numbers of a vector."""
    more = f" … ({len(values)} in all)" if len(values) > SHOWN else ""
    return ", ".join(map(number, values[:SHOWN])) + more


def units(layer: Any) -> Table:
    """Return the numbers of a layer's units."""
    columns = {"net": layer.net, "o": layer.out, "f′(net)": layer.derivative}
    if layer.credit is not None:
        columns["Σ δ_k w_kj"] = layer.credit.sum(axis=1)
    columns |= {"δ": layer.delta, "θ": layer.bias, "Δθ": layer.bias_update}
    there = {name: values for name, values in columns.items() if values is not None}
    rows = [
        (str(j), [number(values[j]) for values in there.values()])
        for j in range(min(SHOWN, len(layer.net)))
    ]
    return Table("j", list(there), rows, rest(len(layer.net), "units"))


def matrix(corner: str, values: np.ndarray) -> Table:
    """Return the first rows and columns of a matrix."""
    n_rows, n_columns = values.shape
    rows = [
        (str(i), [number(value) for value in values[i, :SHOWN]]) for i in range(min(SHOWN, n_rows))
    ]
    more = [rest(n_rows, "rows"), rest(n_columns, "columns")]
    columns = [str(j) for j in range(min(SHOWN, n_columns))]
    return Table(corner, columns, rows, ", ".join(filter(None, more)))


def matrices(layer: Any) -> Iterator[tuple[str, Table]]:
    """Yield the matrices of a layer, and what they are."""
    yield "weights w_ji", matrix("i \\ j", layer.weights)
    yield "descent −∂E_p/∂w_ji = δ_j o_i", matrix("i \\ j", layer.gradient)
    if layer.update is not None:
        yield "update Δw_ji", matrix("i \\ j", layer.update)
    if layer.credit is not None:
        yield "credit δ_k w_kj", matrix("j \\ k", layer.credit)


def heading(layer: Any) -> str:
    """Return the name of a layer and its size."""
    fan_in, fan_out = layer.gradient.shape
    return f"{layer.name}: {fan_out} unit{'s' * (fan_out > 1)}, each reads {fan_in}"


def facts(trace: Any) -> Iterator[tuple[str, str]]:
    """Yield what is said of the pattern as a whole."""
    yield "E_p", number(trace.error)
    yield "input o_i", vector(trace.input)
    yield "target d_k", vector(trace.target)
    yield "output o_k", vector(trace.output)
    if trace.weight != 1:
        yield "counts", f"{number(trace.weight)} times in an update"
    if trace.rule is not None:
        yield "rule of Δw", repr(trace.rule)


# --- Text -----------------------------------------------------------------------------------------


def text_of_table(table: Table) -> Iterator[str]:
    """Yield the lines of a table."""
    lines = [(table.corner, table.columns), *table.rows]
    width = max(len(cell) for _, cells in lines for cell in cells) + 2
    first = max(len(name) for name, _ in lines) + 2
    for name, cells in lines:
        yield f"{name:>{first}}" + "".join(f"{cell:>{width}}" for cell in cells)
    if table.more:
        yield f"{'…':>{first}}  {table.more}"


def text_of_layer(layer: Any, *, whole: bool = True) -> str:
    """Return a layer as text; its matrices only if all is asked for."""
    lines = [heading(layer), *text_of_table(units(layer))]
    for name, table in matrices(layer) if whole else ():
        lines += [f"  {name}", *text_of_table(table)]
    return "\n".join(lines)


def text_of(trace: Any) -> str:
    """Return a trace as text: of the whole, and of the units of each layer."""
    said = [f"{name:10}  {what}" for name, what in facts(trace)]
    layers = [text_of_layer(layer, whole=False) for layer in trace.layers]
    return "\n\n".join(["\n".join(said), *layers])


# --- HTML -----------------------------------------------------------------------------------------

# Colours are those of the page, light or dark.
TABLE = (
    "border-spacing:14px 1px;border-collapse:separate;margin-left:-12px;width:auto;"
    "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
)
HEAD = "border-bottom:1px solid currentColor"
WIDE = "overflow-x:auto;margin:2px 0 6px 0"


def marked(text: str) -> str:
    """Return text as HTML; the letters after an underscore stand below the line."""
    words = []
    for word in escape(text).split(" "):
        head, below, index = word.partition("_")
        while below:
            n = next((n for n, c in enumerate(index) if not c.isalpha()), len(index))
            head += f"<sub>{index[:n]}</sub>"
            tail, below, index = index[n:].partition("_")
            head += tail
        words.append(head)
    return " ".join(words)


def html_table(head: str, rows: str, more: str = "") -> str:
    """Return a table, which is scrolled where it is too wide."""
    return (
        f'<div style="{WIDE}"><table style="{TABLE}">{head}<tbody>{rows}</tbody></table>'
        f"{more}</div>"
    )


def html_of_table(table: Table) -> str:
    """Return a table of numbers."""
    head = "".join(f'<th style="{HEAD}">{marked(c)}</th>' for c in (table.corner, *table.columns))
    rows = "".join(
        f"<tr><th>{name}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in table.rows
    )
    more = f"<div>… {escape(table.more)}</div>" if table.more else ""
    return html_table(f"<thead><tr>{head}</tr></thead>", rows, more)


def html_of_layer(layer: Any) -> str:
    """Return a layer: its units, and its matrices to be unfolded."""
    folded = "".join(
        f'<details style="margin-left:8px"><summary>{marked(name)}</summary>'
        f"{html_of_table(table)}</details>"
        for name, table in matrices(layer)
    )
    name = f"<strong>{escape(heading(layer))}</strong>"
    return f'<div style="margin-top:8px">{name}{html_of_table(units(layer))}{folded}</div>'


def html_of(trace: Any) -> str:
    """Return a trace: of the whole, then layer after layer."""
    left = 'style="text-align:left"'
    said = "".join(
        f"<tr><th {left}>{marked(name)}</th><td {left}>{escape(what)}</td></tr>"
        for name, what in facts(trace)
    )
    layers = "".join(map(html_of_layer, trace.layers))
    return f'<div style="line-height:1.35">{html_table("", said)}{layers}</div>'
