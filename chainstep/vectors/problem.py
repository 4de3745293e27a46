"""What is asked: the definitions as trees in the order of their need, and the variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Element, Quantity, shape_of
from chainstep.errors import ChainstepError, UnclearName, UnclearVariable, UnsupportedExpression
from chainstep.notation import ONE
from chainstep.parser.spellings import canonical
from chainstep.vectors.declarations import Definition, read_text, symbol, vector_names
from chainstep.vectors.grammar import Part, part_of, words
from chainstep.vectors.meanings import check_lengths, check_numbers
from chainstep.vectors.shaping import Shaper, sized

LETTERS = "uvpqrghabcdefijklmnostxyz"


@dataclass(frozen=True)
class Problem:
    """`definitions` are those that the output needs, each after those it uses; `given` all of
    them as they stand in the text. `taken` are the names in use, `lengths` those of vectors."""

    source: str
    definitions: tuple[tuple[Symbol, Basic], ...]
    given: tuple[tuple[Symbol, Basic], ...]
    variables: tuple[Symbol, ...]
    letter: str
    taken: frozenset[str]

    @property
    def output(self) -> Symbol:
        return self.definitions[-1][0]


def pose(text: str, wrt: str | Sequence[str], vectors: Sequence[str] = ()) -> Problem:
    """Read a text with vectors and the names of the variables.

    >>> problem = pose("dot(w, x)", "w", ["w", "x"])
    >>> problem.definitions
    ((y, Dot(w, x)),)
    """
    try:
        return _pose(text, wrt.split(",") if isinstance(wrt, str) else list(wrt), vectors)
    except ChainstepError as error:
        error.source = text
        raise


def _pose(text: str, wrt: Sequence[str], vectors: Sequence[str]) -> Problem:
    variables = [canonical(name.strip()) for name in wrt]
    listed = vector_names(vectors) if vectors else []
    read = read_text(text, listed)
    names = [*read.shapes, *(d.name for d in read.definitions), *variables]
    parts = {d.name: part_of(read.text, d.span, names) for d in read.definitions}
    used = {name for part in parts.values() for name in words(part)}
    written = {name for part in parts.values() for name in _used(part)}
    for name in listed:
        if name not in written:
            raise UnclearName(f"{name} does not occur", hint="vectors= names those of the text")
    used |= {piece for name in used | {*names} for piece in name.split("_")}
    shaper = Shaper(read.text, read.shapes, used, _free_index(variables))
    trees: dict[str, Basic] = {}
    for definition in _in_order(read.definitions, parts):
        name = definition.name
        trees[name] = _tree(shaper, definition, parts[name], len(parts) > 1)
        shape = shape_of(trees[name])
        shaper.names[name] = symbol(name, shape)
    check_lengths(shaper, read.definitions, variables)
    check_numbers(shaper)
    output = read.definitions[0].name
    needed = _needed(output, parts)
    order = [name for name in trees if name in needed]
    taken = {*used, *shaper.names, *shaper.arrays}
    return Problem(
        text,
        tuple((shaper.names[name], trees[name]) for name in order),
        tuple((shaper.names[d.name], trees[d.name]) for d in read.definitions),
        tuple(_variable(name, shaper, parts) for name in variables),
        next(letter for letter in LETTERS if letter not in {name[0] for name in taken}),
        frozenset(taken),
    )


def _free_index(variables: Sequence[str]) -> str:
    """The index of a variable w_i, over which no sum may run."""
    letters = {name.rpartition("_")[2] for name in variables if "_" in name}
    letters = {letter for letter in letters if len(letter) == 1}
    if len(letters) > 1:
        raise UnclearVariable("variables with different indexes", hint="ask for one at a time")
    return letters.pop() if letters else ""


def _tree(shaper: Shaper, definition: Definition, part: Part, several: bool) -> Basic:
    base, _, letter = definition.name.rpartition("_")
    if base and len(letter) == 1:
        message = f"{definition.name} is defined for every {letter}"
        hint = "write its expression inside the sum"
        raise UnsupportedExpression(message, span=definition.name_span, hint=hint)
    if definition.name in shaper.names:
        message = f"{definition.name} has two meanings"
        raise UnclearName(message, span=definition.name_span)
    try:
        tree = shaper.tree(part)
        if (shape := shape_of(tree)) and shape[1] is not ONE:
            message = f"this is a matrix, {sized(shape)}, and no vector or number"
            raise UnsupportedExpression(message, span=part.span, hint="multiply it by a vector")
        return tree
    except ChainstepError as error:
        if several:
            error.message = f"in {definition.name}: {error.message}"
            error.args = (error.message,)
        raise


def _in_order(definitions: Sequence[Definition], parts: Mapping[str, Part]) -> Sequence[Definition]:
    """Each definition after those it uses."""
    uses = {name: _used(part) & parts.keys() for name, part in parts.items()}
    done: dict[str, None] = {}
    waiting = list(definitions)
    while waiting:
        ready = [d for d in waiting if uses[d.name] <= done.keys()]
        if not ready:
            around = ", ".join(d.name for d in waiting)
            message = f"the definitions of {around} go around in a circle"
            raise UnclearName(message, span=waiting[0].name_span)
        done |= dict.fromkeys(d.name for d in ready)
        waiting = [d for d in waiting if d.name not in done]
    by_name = {d.name: d for d in definitions}
    return [by_name[name] for name in done]


def _used(part: Part) -> set[str]:
    """The names that stand in a part, those of elements z_i as z."""
    found = words(part)
    return found | {name.rpartition("_")[0] for name in found}


def _needed(output: str, parts: Mapping[str, Part]) -> set[str]:
    found, stack = set(), [output]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += _used(parts[name]) & parts.keys()
    return found


def _variable(name: str, shaper: Shaper, parts: Mapping[str, Part]) -> Symbol:
    """The symbol of a variable: a declared name, a number, or an element w_i."""
    if name in parts:
        message, hint = f"{name} is defined", "choose a variable that is not"
        raise UnclearVariable(message, hint=hint)
    if name in shaper.names:
        return shaper.names[name]
    base, _, letter = name.rpartition("_")
    array = shaper.arrays.get(base) or shaper.names.get(base)
    if isinstance(array, Quantity) and len(letter) == 1 and base not in parts:
        return Element(array, Symbol(letter, integer=True))
    raise UnclearVariable(f"{name} does not occur", hint=_names(shaper))


def _names(shaper: Shaper) -> str:
    arrays = [f"{name}_i" for name in shaper.arrays]
    return f"there are {', '.join(sorted([*shaper.names, *arrays]))}"
