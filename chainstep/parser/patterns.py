"""The patterns by which a text is taken apart."""

from __future__ import annotations

import re

from chainstep.parser.spellings import ACCENTS

TOKEN = re.compile(
    rf"""[ \t\r\n~]*(?:
    (?P<arrow>[A-Za-z][ ]*(?::|\\colon(?![A-Za-z]))[ ]*\\?[A-Za-z]+[ ]*
             (?:\\mapsto(?![A-Za-z])|↦|->))
  | (?P<module>(?:(?:np|numpy|jnp|math|Math|cmath|torch|tf|jax|lax|nn|sp|sympy|scipy|special
             |F|functional|mp|mpmath|K|keras)\.)+
             (?=[A-Za-z]))
  | (?P<word>[A-Za-z][A-Za-z0-9]*)
  | (?P<number>\.?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)
  | (?P<plus>\++)
  | (?P<break>,?[ \t\r\n]*(?:&(?!=)|\\\\|\\cr(?![A-Za-z])))
  | (?P<text>(?:\\(?:operatorname\*?|math(?:rm|it|sf|bf)|text(?:rm|it)?|mbox)[ ]*\{{
             |\{{[ ]*\\(?:rm|it|sf|bf)[ ])[^{{}}]*\}})
  | (?P<degree>\^[ ]*(?:\{{[ ]*\\circ[ ]*\}}|\\circ(?![A-Za-z])))
  | (?P<sign>\*\*|[<>=!:&]=|=&|\.?[*/^]|[-()\[\]{{}}|,<>=_!]|\\[{{}}])
  | (?P<digits>\\[dtc]?frac(?:[ ]*[0-9][ ]*[0-9]
             |(?:[ ]*[0-9]|[ ]+[A-Za-z])[ ]*[A-Za-z0-9](?![A-Za-z0-9_])))
  | (?P<accent>\\(?:{"|".join(ACCENTS)})[ ]*(?:\{{[ ]*\\?[A-Za-z]+[ ]*\}}|[ ][A-Za-z]|\\[A-Za-z]+))
  | (?P<cases>\\(?:begin|end)[ ]*\{{(?:(?:d?cases|matrix|aligned)\*?\}}
             |array\}}(?:[ ]*\{{[lcr|]*\}})?))
  | (?P<bar>\\(?:left|right)[ ]*\|)
  | (?P<skip>\\[ ,;:!]|\\mathop(?![A-Za-z])|\\(?:left|right)[ ]*\.|\\[bB]igg?[lrm]?(?![a-z])
             |\\left[ ]*\\\{{(?=\s*\\begin))
  | (?P<command>\\[A-Za-z]+)
  | (?P<other>.))""",
    re.VERBOSE | re.DOTALL,
)
# Patterns that are seldom needed, and compiled when they are.
_NAMING = r"\\(?:mathrm|text|operatorname)[ ]*"
SUBSCRIPT = (
    rf"_(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    rf"|([0-9]+|[A-Za-z]+|{_NAMING}\{{[A-Za-z0-9]+\}}|\\[A-Za-z]+|[Α-ω]))"
)
SUBSCRIPT_NOISE = rf"{_NAMING}|[{{}}\\,\s]"
BRACED_COMMA = r"\{,\}([0-9]*)"  # in 1{,}100
LATEX = r"\\[A-Za-z]|[_^]\{"  # a command or a braced script: then letters are single names
RAISED = r"\s*(?:\^|[⁰¹²³⁴-⁹⁺⁻ⁿˣʸᵗ])"  # an exponent follows, as TeX and not as Python writes it
STYLE = r"\\(?:rm|it|sf|bf)[ ]"  # in the old spelling {\rm sech}
NO_ARGUMENT = r"\s*(?:[-+*/=<>,)\]}·⋅×÷−]|\\[ct]|\Z)"
MAXIMA = "%(e|pi)(?![A-Za-z0-9_])"
IDENTIFIER = r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*"
WITH_DIGITS = r"([A-Za-z]+)([0-9]+)(.*)"
DEFINED = r"[(\[][^()\[\]=]*[)\]]\s*=(?!=)"  # the rest of "σ(z) ="
OPENS = r"\s*(?:\\left\s*)?[(\[{]"
POWER = r"\s*(?:\^\s*(?:[0-9]|\{[0-9]+\})|[²³⁴-⁹])"  # of Γ, as in sin²
ORDER = r"\s*(?:\^\s*\{\s*\([0-9]+\)\s*\}|⁽[⁰¹²³⁴-⁹]+⁾)"  # of a derivative of psi
