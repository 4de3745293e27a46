"""What is asked: the vectors, the variables, and the names the derivation will use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Symbol, Tuple
from sympy.core.basic import Basic

from chainstep.definitions import in_order_of_use
from chainstep.errors import LimitExceeded
from chainstep.jacobians.lists import Vector, elements, read_vectors
from chainstep.notation import postorder
from chainstep.notation import replace as put
from chainstep.problem import (
    ALL,
    LETTERS,
    OUTPUTS,
    Variables,
    check_size,
    choose_variables,
    first_free,
    is_indexed,
    names_asked,
    natural,
)

LAYERS = "ghpqrstuvwabcdfjklmnxyzGHPQRSTUVWABCDFJKLMNXYZ"
MOST_COMPONENTS = 100  # of a vector, and variables


@dataclass(frozen=True)
class Defined:
    """A vector, or a number, under the name the person gave it: its components, and what
    each of them is. A number is its own only component."""

    name: Symbol
    components: tuple[Symbol, ...]
    trees: tuple[Basic, ...]


@dataclass(frozen=True)
class VectorProblem:
    """What to differentiate: `parts` in the order of their use, the last of them the output.

    `inputs` are the variables as one vector. `letters` are free, with every index;
    `is_scalar` says that there is no vector at all, and only one variable.
    """

    source: str
    parts: tuple[Defined, ...]
    inputs: Defined
    letters: tuple[str, ...]
    unused: tuple[Symbol, ...]
    is_system: bool
    is_scalar: bool
    decimals: bool

    @property
    def output(self) -> Defined:
        """The vector to differentiate."""
        return self.parts[-1]

    @property
    def definitions(self) -> tuple[tuple[Symbol, Basic], ...]:
        """Every component with its definition, in the order of their use."""
        return tuple(
            pair for part in self.parts for pair in zip(part.components, part.trees, strict=True)
        )


def pose_vectors(
    text: str, wrt: Variables | None = None, names: Sequence[str] = ()
) -> VectorProblem:
    """Read vectors and their definitions, choose the variables, and find free names.

    `wrt` is what `chainstep.problem.pose` takes; a single letter also stands for its elements
    x1, x2, …, and they are taken without being asked for where there is nothing else. `names`
    will stand beside what is read.

    >>> problem = pose_vectors("[x1*x2, sin(x1)]")
    >>> problem.inputs.components, problem.output.components
    ((x1, x2), (y1, y2))
    """
    asked = names_asked(wrt)
    found = read_vectors(text, [*map(str, asked)])
    symbols = {s.name: s for v in found for e in v.entries for s in _symbols(e)}
    if found[0].name is None:
        found[0] = replace(found[0], name=_free_name(OUTPUTS, {*symbols, *names}, found[1:]))
    trees, whole = _whole(found)
    used = in_order_of_use(whole, str(found[0].name))
    by_name = {str(vector.name): vector for vector in found}
    check_size([entry for name in used for entry in by_name[name].entries])
    used_symbols = {s.name for name in used for e in by_name[name].entries for s in _symbols(e)}
    free = {name: s for name, s in symbols.items() if name in used_symbols and name not in trees}
    variables = choose_variables(free, _with_elements(asked, free), trees | whole, True)
    _check_count(max(len(variables), *(len(vector.entries) for vector in found)))
    taken = {*symbols, *trees, *by_name, *names, *(variable.name for variable in variables)}
    name = _input_name(variables, taken)
    taken_letters = {word[0] for word in (*taken, name) if is_indexed(word)}
    return VectorProblem(
        text,
        tuple(_defined(by_name[one], symbols) for one in used),
        Defined(Symbol(name, real=True), variables, variables),
        tuple(letter for letter in LAYERS if letter not in taken_letters),
        tuple(Symbol(str(n), real=True) for n in by_name if n not in used),
        len(found) > 1,
        len(variables) == 1 and not any(vector.is_list for vector in found),
        any(vector.decimals for vector in found),
    )


def _symbols(tree: Basic) -> Iterator[Symbol]:
    return (leaf for leaf in postorder(tree) if isinstance(leaf, Symbol))


def _components(vector: Vector) -> tuple[str, ...]:
    """The names of the components; a number, or the only one of an output, has its own."""
    if not vector.is_list:
        return (str(vector.name),)
    return elements(str(vector.name), len(vector.entries))


def _whole(found: Sequence[Vector]) -> tuple[dict[str, Basic], dict[str, Basic]]:
    """Every component by its name, and every vector by its name with the vectors that it uses."""
    trees = {n: e for v in found for n, e in zip(_components(v), v.entries, strict=True)}
    names: dict[Basic, Basic] = {
        Symbol(component, real=True): Symbol(str(vector.name), real=True)
        for vector in found
        for component in _components(vector)
    }
    whole = {str(v.name): Tuple(*(put(entry, names) for entry in v.entries)) for v in found}
    return trees, whole


def _defined(vector: Vector, symbols: Mapping[str, Symbol]) -> Defined:
    names = [symbols.get(name, Symbol(name, real=True)) for name in _components(vector)]
    return Defined(Symbol(str(vector.name), real=True), tuple(names), vector.entries)


def _check_count(count: int) -> None:
    if count > MOST_COMPONENTS:
        raise LimitExceeded(
            f"a vector has {count} components, and the limit is {MOST_COMPONENTS}",
            hint="split it into smaller vectors",
        )


# --- Names --------------------------------------------------------------------------------


def _free_name(letters: str, taken: set[str], others: Sequence[Vector]) -> str:
    taken = taken | {str(vector.name) for vector in others}
    used = taken | {word[0] for word in taken if is_indexed(word)}
    return first_free(letters, used)


def _with_elements(
    asked: Sequence[str | Symbol], free: Mapping[str, Symbol]
) -> Sequence[str | Symbol]:
    """The variables asked for, with x1, x2, … for an x that does not occur itself; without
    any, the elements of the only name there is."""
    if not asked:
        letters = {name.rstrip("0123456789") for name in free}
        only = len(letters) == 1 and len(free) > 1 and letters.isdisjoint(free)
        return sorted(free, key=natural) if only else ()
    if [*map(str, asked)] == [ALL]:
        return asked
    found: list[str | Symbol] = []
    for one in asked:
        pattern = re.compile(rf"{re.escape(str(one))}\d+")
        of_vector = sorted(filter(pattern.fullmatch, free), key=natural)
        found += of_vector if str(one) not in free and of_vector else [one]
    return found


def _input_name(variables: Sequence[Symbol], taken: set[str]) -> str:
    """The name of the variables as one vector: x for x1, x2, …, or a free letter."""
    names = [variable.name for variable in variables]
    if len(names) == 1:
        return names[0]
    letter = names[0].rstrip("0123456789")
    if letter not in taken and names == [*elements(letter, len(names))]:
        return letter
    letters = {word[0] for word in taken if is_indexed(word)}
    return first_free("xv" + LETTERS, letters | taken)
