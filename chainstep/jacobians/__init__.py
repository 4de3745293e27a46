"""jacobian(): derivatives of vectors whose components are written out."""

from chainstep.jacobians.pipeline import jacobian

__all__ = ["jacobian"]
