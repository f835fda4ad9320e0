"""Figures, means and tables of the report in Markdown."""

import math
from collections.abc import Iterable


def geometric_mean(ratios: Iterable[float]) -> float:
    """(Π r)^(1/n)."""
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))


def number(value: float | None) -> str:
    """Return a figure with three significant digits."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{digits}f}" if digits else f"{float(f'{value:.3g}'):,.0f}"


def table(head: list[str], rows: Iterable[list]) -> str:
    """Return a Markdown table; the first column is text."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    lines += [[row[0], *map(number, row[1:])] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def smallest(what: str, ratios: dict[str, float]) -> str:
    """Return the line of geometric mean and smallest of the ratios."""
    worst = min(ratios, key=ratios.get)
    return (
        f"{what} over all {len(ratios)} cases: geometric mean "
        f"{geometric_mean(ratios.values()):.3f}, smallest {ratios[worst]:.3f} ({worst})."
    )
