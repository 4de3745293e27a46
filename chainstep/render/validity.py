"""Where a derivation holds, and where there is no derivative, in sentences."""

from __future__ import annotations

from itertools import groupby

from sympy import Integer, Ne, Or, S, cos, sin
from sympy.core.basic import Basic

from chainstep.derivation import Condition, Derivation
from chainstep.notation import MINUS_ONE
from chainstep.operations.higher import away_from_poles
from chainstep.render.prose import Notation, enumerated

CONDITIONS = {
    "domain": "Valid where {relations}.",
    "nowhere": "Valid nowhere: it would need {relations}, which no real number meets.",
    "kink": "Not differentiable where {relation}.",
    "kink-used": "Not differentiable where {relation} ({used} is used there).",
    "possible-kink": "There may be no derivative where {relation}.",
    "exception": "Where {relation} the derivative has another value than the formula gives.",
    "at-the-point": (
        "At this point {relations}: there may be no derivative, and the numbers follow a "
        "convention."
    ),
}


def conditions(derivation: Derivation, math: Notation) -> list[str]:
    """Where the derivation holds, and where there is no derivative."""
    holding = [c for c in derivation.conditions if c.holds]
    kinks = groupby((c for c in derivation.conditions if not c.holds), lambda c: (c.kind, c.used))
    sentences = [_domain(holding, math)] if holding else []
    sentences += [_kinks(kind, used, list(group), math) for (kind, used), group in kinks]
    if derivation.numbers and derivation.numbers.kinks:
        met = enumerated(list(map(math, derivation.numbers.kinks)))
        sentences.append(CONDITIONS["at-the-point"].format(relations=met))
    return sentences


def _domain(conditions: list[Condition], math: Notation) -> str:
    """What has to hold; what is itself a list comes last."""
    lists: list[Basic] = []
    parts: list[str] = []
    for relation in (c.relation for c in conditions):
        if isinstance(relation, Or) or away_from_poles(relation) is not None:
            lists.append(relation)
        else:
            parts.append(math(relation))
    either = "either " if parts or len(lists) > 1 else ""
    for relation in lists:
        argument = away_from_poles(relation)
        if argument is None:
            parts.append(either + math(relation))
        else:
            poles = [Ne(argument, 0, evaluate=False), MINUS_ONE, Integer(-2)]
            parts.append(", ".join([*map(math, poles), "…"]))
    sentence = CONDITIONS[conditions[0].kind].format(relations=enumerated(parts))
    return sentence.replace("….", "…")


def _kinks(kind: str, used: str, conditions: list[Condition], math: Notation) -> str:
    id = "kink-used" if used else kind
    relations = enumerated([_met(c.relation, math) for c in conditions], "or")
    return CONDITIONS[id].format(relation=relations, used=math.text(used.replace("-", "−")))


def _met(relation: Basic, math: Notation) -> str:
    """An equation, or what it says: sin(πu) = 0 is that u is an integer."""
    wave = relation.args[0]
    if isinstance(wave, sin | cos) and wave.args[0].is_Mul and relation.args[1] is S.Zero:
        pi, *factors = wave.args[0].args
        if pi is S.Pi and len(factors) == 1:
            places = "an integer" if isinstance(wave, sin) else "halfway between two integers"
            return f"{math(factors[0])} is {places}"
    return math(relation)
