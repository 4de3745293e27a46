"""Every operation and function that chainstep differentiates: one row each.

A row says how the operation is recognised and written, what its law is called, its
partial derivative in each slot, where it is defined and smooth, how its value is computed,
and how it is solved for an argument. Elsewhere there are only identities between functions
that conditions are written with, as cos² x = 1 where sin x = 0.
"""

from chainstep.operations.elementary import ELEMENTARY
from chainstep.operations.higher import HIGHER
from chainstep.operations.hyperbolic import HYPERBOLIC
from chainstep.operations.row import Arguments, Operation, Varies
from chainstep.operations.shapes import SHAPES
from chainstep.operations.special import SPECIAL

FUNCTIONS = ELEMENTARY + HYPERBOLIC + SPECIAL + HIGHER
OPERATIONS = SHAPES + FUNCTIONS
BY_HEAD = {row.head: row for row in FUNCTIONS if row.head is not None}
BY_ID = {row.id: row for row in OPERATIONS}

__all__ = ["BY_HEAD", "BY_ID", "OPERATIONS", "SHAPES", "Arguments", "Operation", "Varies"]
