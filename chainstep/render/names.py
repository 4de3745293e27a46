"""How a name is taken apart: letter, accent, subscript; and the Greek alphabet."""

from __future__ import annotations

from chainstep.render.written import Name

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "pi": "π", "vartheta": "ϑ",
}  # fmt: skip
LATEX_OF = {letter: f"\\{name}" for name, letter in GREEK.items()}
ACCENTS = ("hat", "bar", "tilde")
DIGITS = "0123456789"


def name_of(plain: str) -> Name:
    """The parts of a name.

    >>> name_of("u12")
    Name(plain='u12', letter='u', accent='', subscript='12')
    >>> name_of("yhat").accent, name_of("omega_0").letter, name_of("rate").letter
    ('hat', 'ω', 'rate')
    """
    stem, _, subscript = plain.strip("_").partition("_")
    if not subscript:
        stem = plain.rstrip(DIGITS) or plain
        subscript = plain[len(stem) :]
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
