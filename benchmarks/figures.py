"""One line of the table that a run of the benchmarks ends with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, and the same of a rival where there is one.

    Attributes:
        what: such as "whole path".
        value: ours.
        unit: of `value` and `rival_value`.
        rival: whose `rival_value` it is.
        less_is_better: a cost, so that the ratio is the rival's over ours.
    """

    what: str
    value: float
    unit: str
    rival: str = ""
    rival_value: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than the rival; None without one."""
        if not self.rival_value or not self.value:
            return None
        ours_over_theirs = self.value / self.rival_value
        return 1 / ours_over_theirs if self.less_is_better else ours_over_theirs


def print_table(figures: Iterable[Figure]) -> None:
    """Print figures, a line each."""
    print(f"{'':38}{'khabar':>9}  {'unit':<27}{'rival':>9}  ratio")
    for figure in figures:
        line = f"{figure.what:<38}{_short(figure.value):>9}  {figure.unit:<27}"
        if figure.ratio is not None and figure.rival_value is not None:
            line += f"{_short(figure.rival_value):>9}  {figure.ratio:.1f} x {figure.rival}"
        print(line.rstrip())


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
