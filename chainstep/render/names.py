"""Names: a symbol's, taken apart into letter, accent and subscript, and a function's."""

from __future__ import annotations

from functools import lru_cache

from chainstep.operations import BY_HEAD
from chainstep.render.written import Function, Name

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "pi": "π", "vartheta": "ϑ",
}  # fmt: skip
LATEX_OF = {letter: f"\\{name}" for name, letter in GREEK.items()}
ACCENTS = ("hat", "bar", "tilde", "dot")
DIGITS = "0123456789"


@lru_cache(maxsize=1000)
def name_of(plain: str) -> Name:
    """The parts of a name.

    >>> name_of("u12")
    Name(plain='u12', letter='u', accent='', subscript='12')
    >>> name_of("yhat").accent, name_of("omega_0").letter, name_of("rate").letter
    ('hat', 'ω', 'rate')
    """
    whole, _, subscript = plain.strip("_").partition("_")
    stem = whole.rstrip(DIGITS) or whole
    if len(stem) < len(whole):
        subscript = whole[len(stem) :] + (f"_{subscript}" if subscript else "")
    if len(stem) == 1:
        return Name(plain, stem, "", subscript)
    if stem in GREEK:
        return Name(plain, GREEK[stem], "", subscript)
    for accent in ACCENTS:
        letter = stem.removesuffix(accent)
        letter = GREEK.get(letter, letter)
        if len(letter) == 1 and letter != stem:
            return Name(plain, letter, accent, subscript)
    return Name(plain, stem, "", subscript)


def function_of(head: type) -> Function:
    """How a function is called. Trigonometric and hyperbolic ones take their exponent.

    >>> from sympy import asin
    >>> function_of(asin)
    Function(latex='\\\\arcsin', text='arcsin', plain='asin', squared_in_name=True)
    """
    row = BY_HEAD.get(head)
    if row is None:
        name = head.__name__
        return Function(rf"\mathrm{{{name}}}", name, name)
    family = head.__module__.rpartition(".")[2]
    squared = family in ("trigonometric", "hyperbolic") and len(row.samples) == 1
    return Function(row.latex, row.text, row.spellings[0], squared)
