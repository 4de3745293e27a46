"""What could be read in two ways, where one cannot be preferred: an error that shows both."""

from __future__ import annotations

from itertools import takewhile

from chainstep.errors import UnexpectedToken
from chainstep.parser.brackets import SCALARS
from chainstep.parser.machine import ARGUMENT, Machine
from chainstep.parser.tokens import Token, clip
from chainstep.parser.unknown import argument_at

PAIRED = {"|": "bars", "|(": "bars", "rounded": "rounded"}  # signs that mean a function
GROUPS = frozenset({"open", "frac", *PAIRED})
ROOTS = frozenset({"sqrt", "cbrt"})  # without brackets more often a sign than a function


def require_clear_divisor(machine: Machine, token: Token) -> None:
    """sin x/2 could be sin(x)/2 or sin(x/2), but sin x/x is a quotient; x^1/2 is more likely √x
    than x/2."""
    signs = [t.value for t in machine.tokens[max(0, machine.next - 4) : machine.next - 1]]
    negative = signs[-3:-1] == ["^", "-"]
    raised = signs[-1:] == [1] and ("^" in signs[-2:-1] or negative)
    if raised or (negative and machine.before.kind == machine.ahead.kind == "number"):
        power = next(begun for begun in reversed(machine.stack) if begun.kind == "power")
        base = clip(machine.text[slice(*power.items[0].span)])
        exponent = f"-{machine.shown(machine.before)}" if negative else "1"
        below = machine.shown(machine.ahead)
        hint = f"write {base}^({exponent}/{below}), or ({base}^{exponent})/{below}"
        raise UnexpectedToken("where does this exponent end?", span=token.span, hint=hint)
    begun = next(b for b in reversed(machine.stack) if b.level <= ARGUMENT)
    ahead = machine.ahead
    if begun.kind != "argument" or ahead.kind not in SCALARS:
        return
    behind = (machine.tokens[place] for place in range(machine.next - 2, -1, -1))
    argument = {t.value for t in takewhile(lambda t: t.start >= begun.span[0], behind)}
    if ahead.kind == "number" or ahead.value not in argument:
        name, below = begun.head.name, machine.shown(ahead)
        inner = _written(machine, begun.span[0])
        hint = f"write {name}({inner})/{below} or {name}({inner}/{below})"
        raise UnexpectedToken("where does the argument end?", span=token.span, hint=hint)


def _written(machine: Machine, start: int) -> str:
    """The text from there to the token in front of the one at hand."""
    return clip(machine.text[start : machine.before.end])


def require_no_mixed_number(machine: Machine, token: Token) -> None:
    """2\\frac{1}{3} could be 7/3 or 2/3."""
    kinds = [ahead.kind for ahead in machine.tokens[machine.next : machine.next + 6]]
    if kinds == ["open", "number", "close"] * 2:
        message, hint = "this could be a sum or a product", r"write 2+\frac{1}{3} or 2*\frac{1}{3}"
        raise UnexpectedToken(message, span=(machine.before.start, token.end), hint=hint)


def may_follow(before: Token, number: Token) -> bool:
    """Whether a number is a factor: in x 2 and (x)2, but not in 2 3."""
    spaced = before.end < number.start
    return before.kind not in SCALARS or (spaced and before.kind != "number")


def require_clear_end(machine: Machine, token: Token) -> None:
    """In sin 2√x the root more likely belongs to the argument than not; in cos x(1 + x) and
    ln x e^x the factor could, but not in sin 2(x + 1), which nobody means as sin(2)·(x + 1)."""
    begun = next(begun for begun in reversed(machine.stack) if begun.kind == "argument")
    name, argument = begun.head.name, _written(machine, begun.span[0])
    varies = any(f.value is None for f in (*machine.top.items, machine.operand) if f)
    if token.kind == "√":
        is_clear, hint = varies, f"write {name}({argument}√x) or {name}({argument})·√x"
    else:
        raised = token.kind == "constant" and machine.ahead.kind == "^"
        is_clear = name not in ROOTS and not (varies and (raised or token.kind in GROUPS))
        is_group = token.kind == "open" and token.value == "("
        behind = argument_at(machine.text, token.start) if is_group else machine.shown(token)
        behind = "…" if raised or (token.kind in GROUPS and not is_group) else behind
        hint = f"write {name}({argument})*{behind} or {name}({argument}*{behind})"
    if not is_clear:
        raise UnexpectedToken("where does the argument end?", span=token.span, hint=hint)


def require_clear_exponent(machine: Machine, token: Token) -> None:
    """e^2x is e²·x by the rules, and e^(2x) for many who write it; in LaTeX it is clear."""
    before = machine.before
    if before.kind != "number" or before.end != token.start or "\\" in machine.text:
        return
    signs = [t.kind for t in machine.tokens[max(0, machine.next - 4) : machine.next - 2]]
    power = next(begun for begun in reversed(machine.stack) if begun.kind != "minus")
    if power.kind != "power" or signs[-1:] not in (["^"], ["-"]) or power.items[0].value is None:
        return
    spans = power.items[0].span, before.span
    base, exponent = (clip(machine.text[slice(*span)]) for span in spans)
    sign, name = "-" * (signs[-1] == "-"), machine.shown(token)
    hint = f"write {base}^({sign}{exponent}{name}), or {base}^{sign}{exponent}*{name}"
    raise UnexpectedToken("where does this exponent end?", span=token.span, hint=hint)
