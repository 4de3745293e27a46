"""jacobian(): from the text of a vector to its Jacobian, or the product of that with a vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Gt, Lt, Ne, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions import conditions_of, in_few
from chainstep.derivation import STEP_TITLES, Condition, Derivation, Equation, Rule, Step
from chainstep.derivation import Jacobian as Found
from chainstep.errors import DuplicateDefinition, ShapeMismatch, UnexpectedToken
from chainstep.graph import Graph
from chainstep.jacobians.check import verify_matrices
from chainstep.jacobians.combine import combine
from chainstep.jacobians.layers import Layer, layered, layers_of
from chainstep.jacobians.lists import Vector, elements, read_vectors
from chainstep.jacobians.local import computation, jacobians_of
from chainstep.jacobians.matrices import column
from chainstep.jacobians.problem import Defined, VectorProblem, pose_vectors
from chainstep.jacobians.products import multiply
from chainstep.jacobians.substitute import substitute
from chainstep.notation import ZERO, DerivativeSymbol, Matrix, postorder
from chainstep.notation import replace as put
from chainstep.pipeline import derive, if_readable
from chainstep.problem import Variables
from chainstep.steps.combine import rule_of
from chainstep.steps.introduce import introduce

UNNAMED = "node "  # no name that a person can write


def jacobian(
    text: str, wrt: Variables | None = None, *, jvp: str | None = None, vjp: str | None = None
) -> Derivation:
    """The four-step derivation of the Jacobian of a vector, in numerator layout.

    `text` is a list of expressions, or an expression for a vector of one component; or
    definitions of such, the first of them the output, where g1, g2, … are the components of a
    vector g. `wrt` names the variables; x also stands for x1, x2, …. With `jvp` the result is
    the Jacobian times that vector, with `vjp` that row times the Jacobian, and the Jacobian
    itself is never formed: a list of expressions, or a name v whose components are v1, v2, ….
    Raises a ChainstepError that says what is wrong, where, and what to do.

    >>> jacobian("[ln(x^2), sin(3x)]").result
    Matrix((2/x,), (3*cos(3*x),))
    >>> jacobian("[x1*x2, sin(x1)]", jvp="[1, 0]").result
    Matrix((x2,), (cos(x1),))
    """
    if jvp is not None and vjp is not None:
        raise ShapeMismatch("only one of jvp and vjp can be taken", hint="derive them one by one")
    forwards = jvp is not None
    product = jvp if forwards else vjp
    factor = None if product is None else _read_factor(product)
    problem = pose_vectors(text, wrt, [s.name for s in _symbols(factor)] if factor else [])
    output = problem.output
    if factor is None and problem.is_scalar:
        return _of_a_number(derive(text, problem.inputs.name))
    graph = _graph(problem)
    layers, called = layers_of(graph, problem)
    whole = layered(layers, graph.constants)
    jacobians, local_derivatives = jacobians_of(whole, layers)
    if factor is None:
        combination = combine(jacobians)
    else:
        free = _free(problem, layers)
        vector = _factor(factor, str(product), problem, forwards, free)
        free = [letter for letter in free if letter != vector.name.name]
        combination = multiply(jacobians, vector, free, forwards)
    substitution, matrix = substitute(whole, combination)
    steps = (
        _introduction(whole, layers, problem),
        computation(jacobians),
        combination.step,
        substitution,
    )
    of, by = problem.output.components, problem.inputs.components
    lines = [equation for step in steps for equation in step.equations]
    slopes = (
        dict.fromkeys(of, ZERO)
        if factor
        else {y: row.args[0] for y, row in zip(of, matrix.args, strict=True)}
    )
    return Derivation(
        source=text,
        read_as=if_readable(column(output.trees)),
        output=output.name,
        rule=_rule(whole),
        graph=whole,
        local_derivatives=tuple(local_derivatives),
        steps=steps,
        gradient={} if factor else _columns(matrix, by),
        conditions=_conditions(graph, called, slopes),
        verdict=verify_matrices(problem.definitions, whole, layers, jacobians, combination, lines),
        definitions=_as_read(problem),
        unused=problem.unused,
        decimals=problem.decimals,
        jacobian=Found(combination.symbol, matrix, of, by),
    )


def _of_a_number(derivation: Derivation) -> Derivation:
    """The derivation of one number by one other; its Jacobian has a single entry."""
    y, x = derivation.output, derivation.wrt
    matrix = Matrix.of([[derivation.result]])
    return replace(derivation, jacobian=Found(DerivativeSymbol(y, x), matrix, (y,), (x,)))


def _graph(problem: VectorProblem) -> Graph:
    """The graph of all components, with the names that the person gave."""
    kept = {component for part in problem.parts for component in part.components}
    return introduce(problem.definitions, problem.inputs.components, UNNAMED, kept)


def _free(problem: VectorProblem, layers: tuple[Layer, ...]) -> list[str]:
    """Letters that no layer has taken."""
    taken = {layer.name.name for layer in layers}
    return [letter for letter in problem.letters if letter not in taken]


# --- The vector that is multiplied --------------------------------------------------------


def _read_factor(text: str) -> Vector:
    """The vector beside the Jacobian, as it is written."""
    vector, *others = read_vectors(text)
    if others or vector.name:
        raise UnexpectedToken(
            "the vector is one list, or a name",
            source=text,
            span=(0, len(text)),
            hint="for example [1, 0] or v",
        )
    return vector


def _symbols(vector: Vector) -> list[Symbol]:
    trees = (leaf for entry in vector.entries for leaf in postorder(entry))
    return [leaf for leaf in trees if isinstance(leaf, Symbol)]


def _factor(vector: Vector, text: str, problem: VectorProblem, forwards: bool, free: list[str]):
    """The vector by its entries, under a free letter, or by a name that its components bear."""
    size = len(problem.inputs.components if forwards else problem.output.components)
    (first, *_) = vector.entries
    if not vector.is_list and isinstance(first, Symbol):
        named = {problem.inputs.name, *(part.name for part in problem.parts)}
        if first in named:
            raise DuplicateDefinition(
                f"{first} has another meaning already", source=text, hint="choose another name"
            )
        names = elements(first.name, size) if size > 1 else (first.name,)
        symbols = tuple(Symbol(name, real=True) for name in names)
        return Defined(first, symbols, symbols)
    if len(vector.entries) != size:
        whose = "variables" if forwards else "components of the output"
        raise ShapeMismatch(
            f"the vector has length {len(vector.entries)}, and the number of {whose} is {size}",
            source=text,
            span=(0, len(text)),
            hint=f"write a list of {size}, or a name such as {'v' if forwards else 'u'}",
        )
    preferred = "v" if forwards else "u"
    letter = preferred if preferred in free else free[0]
    return Defined(Symbol(letter, real=True), (), vector.entries)


# --- The parts of the derivation ----------------------------------------------------------


def _introduction(graph: Graph, layers: tuple[Layer, ...], problem: VectorProblem) -> Step:
    """The equations of step 1: constants, the variables as a vector, and each layer."""
    equations = [Equation(name, (tree,)) for name, tree in graph.constants]
    inputs = layers[0]
    if inputs.components != (inputs.name,):
        equations.append(Equation(inputs.name, (column(inputs.components),)))
    for layer in layers[1:]:
        sides = [column(layer.components), column([node.expression for node in layer.nodes])]
        rights = sides[layer.components == (layer.name,) :]
        equations.append(Equation(layer.name, tuple(rights)))
    return Step("introduce", STEP_TITLES["introduce"], tuple(equations))


def _rule(graph: Graph) -> Rule:
    """The most special rule: one number by one other is the business of the scalar rules."""
    scalar = len(graph.inputs) == len(graph.outputs) == 1
    if scalar and graph.inputs[0] in graph.contributing:
        return rule_of(graph)
    return Rule("vector", graph.inputs)


def _as_read(problem: VectorProblem) -> tuple[Equation, ...]:
    """The definitions as they were read, the output first."""
    if not problem.is_system:
        return ()
    return tuple(Equation(part.name, (column(part.trees),)) for part in reversed(problem.parts))


def _columns(matrix: Matrix, variables: tuple[Symbol, ...]) -> dict[Symbol, Basic]:
    columns = zip(*(row.args for row in matrix.args), strict=True)
    return dict(zip(variables, map(column, columns), strict=True))


def _conditions(
    graph: Graph, names: Mapping[Basic, Symbol], slopes: Mapping[Symbol, Basic]
) -> tuple[Condition, ...]:
    """Those of every component, in the names of the layers. `slopes` are the derivatives by
    the first variable; what is used at a kink is said only where all components use the same."""
    needed: dict[Relational, None] = {}
    kinks: dict[Relational, Condition] = {}
    for component, slope in slopes.items():
        if all(node.symbol != component for node in graph.nodes):
            continue
        only = Graph(graph.inputs, graph.nodes, (component,), graph.constants)
        for one in conditions_of(only, slope):
            relation = put(one.relation, names)
            if one.holds:
                needed[relation] = None
                continue
            before = kinks.get(relation, one)
            kind = min(before.kind, one.kind)  # what is certain for one component, is so for all
            used = one.used if before.used == one.used else ""
            kinks[relation] = Condition(kind, relation, used)
    domain = in_few(needed)
    excluded = {c.relation.args for c in domain if isinstance(c.relation, Gt | Lt | Ne)}
    places = [kinks[r] for r in kinks if r.args not in excluded]
    return (*domain, *places)
