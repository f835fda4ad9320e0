"""Arguments of the same kind are those that Numba takes for the same type."""

from itertools import product
from typing import NamedTuple

import numba
import numpy as np

from fastbp.compiling import jit
from fastbp.compiling.kinds import kind_of


class One(NamedTuple):
    a: object
    b: object = 0.5


class Other(NamedTuple):
    a: object
    b: object = 0.5


def arrays():
    for dtype in (np.float32, np.float64, np.int64, np.uint8, np.int32, bool):
        plain = np.zeros((4, 6), dtype)
        yield from (plain, plain[0], plain.T, plain[:, ::2], plain[:2], plain[:, :1], plain[None])
        fixed = plain.copy()
        fixed.flags.writeable = False
        yield from (fixed, fixed[1:], fixed.T)
    yield np.zeros(41, np.uint8)[1:].view(np.float64)  # not aligned


def arguments():
    numbers = [1, 2**40, 2**63, True, 0.5, np.float32(1), np.float64(1), np.int32(1), None, 1j]
    yield from numbers
    yield from arrays()
    for record, a in product((One, Other), [1, 2.0, np.zeros(3), np.zeros((2, 2)), None]):
        yield record(a)
        yield record(One(a), Other(a))
    yield from [(), (1,), (1, 2.0), (1, 2), ((1,), 2)]


def test_equal_kinds_are_equal_types():
    """The other way round it need not be: one type may be looked at twice."""
    given = [*arguments(), *arguments()]
    types, kinds = [numba.typeof(one) for one in given], [kind_of(one) for one in given]
    pairs = [(n, m) for n in range(len(given)) for m in range(n) if kinds[n] == kinds[m]]
    assert len(pairs) >= len(given) / 2
    for n, m in pairs:
        assert types[n] == types[m], (given[n], given[m])
        assert hash(kinds[n]) == hash(kinds[m])


def test_each_kernel_and_kind_has_its_entry_point(monkeypatch):
    """And is looked up again, as long as there is room."""
    monkeypatch.setattr(jit, "_entry_points", {})
    monkeypatch.setattr(jit, "MOST_ENTRY_POINTS", 3)
    looked = []
    monkeypatch.setattr(jit, "entry_point", lambda *given: looked.append(given) or len(looked))
    few, many = (np.zeros(3),), (np.zeros((2, 2)),)
    assert [jit.for_types_of(max, few), jit.for_types_of(max, many)] == [1, 2]
    assert [jit.for_types_of(min, few), jit.for_types_of(max, (np.ones(9),))] == [3, 1]
    assert [jit.for_types_of(max, (1.0,)), jit.for_types_of(max, few)] == [4, 5]
