"""chainstep: chain-rule derivations, written out step by step and checked line by line.

>>> from chainstep import derive
>>> derivation = derive("sin(x + x^2)")
>>> derivation.verdict.status
'verified'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainstep.api import derive, jacobian
    from chainstep.derivation import Derivation
    from chainstep.errors import ChainstepError

__version__ = "0.1.0"
__all__ = ["ChainstepError", "Derivation", "derive", "jacobian"]

_HOME = {
    "derive": "chainstep.api",
    "jacobian": "chainstep.api",
    "Derivation": "chainstep.derivation",
    "ChainstepError": "chainstep.errors",
}


def __getattr__(name: str):
    """Load a public name when it is first used: sympy alone takes half a second."""
    if name not in _HOME:
        raise AttributeError(f"module 'chainstep' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
