"""Which values on a tape are certain, and which zeros may hide what lies below the last digit.

Where terms cancel, rounding leaves a 0 or noise. Nothing may hang on such a value: no sign, no
comparison, no reciprocal. It is taken for 0 only where no digit was lost on the way to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from mpmath import mp, mpf
from sympy import Add, Eq, Ge, Gt, Le, Lt, Mul, Ne, Piecewise
from sympy.functions.elementary.piecewise import ExprCondPair

from chainstep.operations import BY_HEAD
from chainstep.tape import COMPUTE, NO_VALUE, NOTHING, Tape, magnitude

SLIGHTLY = mpf(2) ** -20  # how far an argument is moved, to see whether a function notices
BITS_PER_DIGIT = 3.33
SUM, PRODUCT, CASES, CASE = (COMPUTE[head] for head in (Add, Mul, Piecewise, ExprCondPair))
COMPARING = {COMPUTE[head] for head in (Lt, Le, Gt, Ge, Eq, Ne)}
WITH_KINKS = {COMPUTE[head] for head, row in BY_HEAD.items() if row.kinks}  # 0 on a whole side


@dataclass(frozen=True)
class Runs:
    """A tape run twice, the second time with more digits: all cells of either run.

    `exact` are the cells whose value is known exactly, `kept` the digits both must share.
    Everything is computed at the precision in force, which is that of the second run.
    """

    tape: Tape
    first: list
    second: list
    exact: Collection[int]
    kept: int

    @cached_property
    def given(self) -> set[int]:
        """The cells that hold exact values: constants, and what is known."""
        computed = {target for target, _, _ in self.tape.instructions}
        return {cell for cell in range(len(self.second)) if cell not in computed} | {*self.exact}

    @cached_property
    def firm(self) -> set[int]:
        """The cells whose value, or whose answer to a comparison, is certain."""
        found = set(self.given)
        places: dict[int, int] = {}  # of the value in each case of a distinction
        for target, compute, sources in self.tape.instructions:
            if compute is CASE:
                places[target] = sources[0]
            elif compute in COMPARING:
                if self._is_decided(sources, found):
                    found.add(target)
            elif isinstance(value := self.second[target], mpf) and target not in found:
                if compute is CASES:
                    sources = tuple(places[s] for s in sources if self.second[s][1])[:1]
                if self._agree(target) if value else self._is_zero(compute, sources, found):
                    found.add(target)
        return found

    def _agree(self, cell: int) -> bool:
        first, second = self.first[cell], self.second[cell]
        if first is None:
            return False
        return magnitude(first - second) <= magnitude(second) - int(self.kept * BITS_PER_DIGIT)

    def _is_decided(self, sources: Sequence[int], firm: Collection[int]) -> bool:
        values = [self.second[source] for source in sources]
        if None in values or self.given.issuperset(sources):
            return True
        if not any(values):
            return all(source in firm for source in sources)
        scale = max(map(magnitude, values))
        largest = [s for s, value in zip(sources, values, strict=True) if magnitude(value) == scale]
        resolved = magnitude(values[0] - values[1]) > scale - mp.prec // 2
        return resolved and all(source in firm for source in largest)

    def _is_zero(self, compute: Callable, sources: Sequence[int], firm: Collection[int]) -> bool:
        """Whether a 0 follows from others that are certain: 0·u, or relu(−ln 2)."""
        zeros = [source for source in sources if not self.second[source]]
        certain = [source for source in zeros if source in firm]
        if compute is PRODUCT:
            return bool(certain)
        if compute is SUM:
            return len(certain) == len(sources)
        return len(certain) == len(zeros) and (
            bool(zeros) or compute in WITH_KINKS or compute is CASES
        )

    @cached_property
    def lossy(self) -> set[int]:
        """The cells on whose way something was too small beside something else to be kept."""
        found: set[int] = set()
        for target, compute, sources in self.tape.instructions:
            if target not in self.exact and (
                not found.isdisjoint(sources) or self._loses(target, compute, sources)
            ):
                found.add(target)
        return found

    def _loses(self, target: int, compute: Callable, sources: Sequence[int]) -> bool:
        values = [self.second[source] for source in sources]
        if not isinstance(self.second[target], mpf) or compute in (PRODUCT, CASES):
            return False
        if compute is SUM:
            sizes = [size for size in map(magnitude, values) if size != NOTHING]
            return bool(sizes) and min(sizes) < max(sizes) - mp.prec
        if compute in WITH_KINKS:
            return False
        moved = (place for place, value in enumerate(values) if value)
        return any(self._is_saturated(target, compute, values, place) for place in moved)

    def _is_saturated(self, target: int, compute: Callable, values: list, place: int) -> bool:
        """Whether an argument makes no difference any more: sigmoid(3000) is 1."""
        there = [*values[:place], values[place] * (1 + SLIGHTLY), *values[place + 1 :]]
        try:
            return compute(there) == self.second[target]
        except NO_VALUE:
            return False
