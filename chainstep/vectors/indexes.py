"""Elements with an index: the same for another index, and all of them as a vector."""

from __future__ import annotations

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Diagonal, Element, Entries
from chainstep.notation import DerivativeSymbol, postorder, replace

MORE_INDEXES = "ijklpqrst"


def at_index(tree: Basic, old: Symbol, new: Symbol) -> Basic:
    """A tree for another index; what it sums over has indexes of its own."""
    heads = (part for part in postorder(tree) if isinstance(part, Diagonal | Entries))
    if any(new in head.args[1:2] for head in heads):
        known = {index.name for part in postorder(tree) for index in getattr(part, "indexes", ())}
        fresh = next(letter for letter in MORE_INDEXES if letter not in {*known, new.name})
        tree = _renamed(tree, new, Symbol(fresh, integer=True))
    return _renamed(tree, old, new)


def _renamed(tree: Basic, old: Symbol, new: Symbol) -> Basic:
    names: dict[Basic, Basic] = {old: new}
    for leaf in postorder(tree):
        if isinstance(leaf, Element | DerivativeSymbol):
            names[leaf] = _at_index(leaf, old, new)
    return replace(tree, names)


def _at_index(leaf: Basic, old: Symbol, new: Symbol) -> Basic:
    if isinstance(leaf, Element):
        return Element(leaf.array, *(new if index == old else index for index in leaf.indexes))
    if isinstance(leaf, DerivativeSymbol):
        of, wrt = (_at_index(name, old, new) for name in (leaf.of, leaf.wrt))
        return DerivativeSymbol(of, wrt, leaf.partial, leaf.slot)  # type: ignore[arg-type]
    return leaf


def whole_vectors(tree: Basic, index: Symbol) -> Basic | None:
    """The vector whose entries are a term with that index; None where there is none."""
    names: dict[Basic, Basic] = {}
    for leaf in postorder(tree):
        if isinstance(leaf, Element) and index in leaf.indexes:
            if leaf.shape:
                return None
            names[leaf] = leaf.array
        elif isinstance(leaf, DerivativeSymbol) or leaf == index:
            return None
    return replace(tree, names)


def array_of(name: Basic) -> Basic:
    """The array of an element, else the name itself."""
    return name.array if isinstance(name, Element) else name


def index_of(name: Basic) -> Symbol | None:
    """The index of an element."""
    return name.indexes[0] if isinstance(name, Element) else None
