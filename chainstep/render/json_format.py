"""One JSON document; its expressions are text that chainstep reads back."""

from __future__ import annotations

import json
from typing import Any

from sympy import Float
from sympy.core.basic import Basic

from chainstep.arrays import shape_of
from chainstep.derivation import Derivation, Equation, LocalDerivative, Numbers, Row, Step
from chainstep.errors import ChainstepError
from chainstep.graph import Node
from chainstep.notation import Matrix
from chainstep.render.latex_math import latex
from chainstep.render.lines import sides
from chainstep.render.plain import plain
from chainstep.render.prose import holds
from chainstep.render.writing import write

SCHEMA = 1


def render(derivation: Derivation) -> str:
    """A derivation as an indented JSON document."""
    return json.dumps(record(derivation), ensure_ascii=False, indent=2) + "\n"


def record(derivation: Derivation) -> dict[str, Any]:
    """A derivation as a value that JSON can hold."""
    decimals = derivation.decimals

    def text(expr: Basic) -> str:
        return plain(write(expr, decimals))

    single = len(derivation.variables) == 1 and not derivation.jacobian
    variables = [x.name for x in derivation.variables]
    results = {x.name: text(value) for x, value in derivation.gradient.items()}
    return {
        "schema": SCHEMA,
        "expression": derivation.source,
        **_system(derivation),
        **({"variable": derivation.wrt.name} if single else {"variables": variables}),
        "rule": derivation.rule.id,
        "direction": derivation.direction,
        "intermediates": [_node(node, decimals) for node in derivation.graph.nodes],
        "output": {"name": text(derivation.output), "is": _output(derivation)},
        "local_derivatives": [_local(d, decimals) for d in derivation.local_derivatives],
        "steps": [_step(step, decimals) for step in derivation.steps],
        **_result(derivation, results),
        **_additions(derivation),
        "conditions": [text(holds(condition)) for condition in derivation.conditions],
        "verified": _verdict(derivation),
    }


def failure(expression: str, error: ChainstepError) -> dict[str, Any]:
    """An exercise that could not be solved, as a value that JSON can hold.

    >>> failure("sin(", ChainstepError("the text ends here", "sin(", (4, 4)))["error"]["position"]
    4
    """
    return {
        "schema": SCHEMA,
        "expression": expression,
        "error": {
            "code": error.code,
            "message": error.message,
            "position": error.span[0] if error.span else None,
            "hint": error.hint,
        },
    }


def _result(derivation: Derivation, results: dict[str, str]) -> dict[str, Any]:
    """The derivative, the gradient, or a matrix with its shape, row by row."""
    if derivation.jacobian is None:
        single = len(results) == 1
        return {"derivative": results[derivation.wrt.name]} if single else {"gradient": results}
    jacobian, decimals = derivation.jacobian, derivation.decimals
    name = "product" if jacobian.is_product else "jacobian"
    return {
        "local_jacobians": [
            {"of": plain(write(e.left.of)), "wrt": plain(write(e.left.wrt))}  # type: ignore
            | _matrix(e.rights[-1], decimals)
            for e in derivation.step("compute").equations
        ],
        name: {"of": plain(write(jacobian.symbol)), **_matrix(jacobian.matrix, decimals)},
    }


def _matrix(matrix: Basic, decimals: bool) -> dict[str, Any]:
    """Nested lists and their shape; a number is a matrix of one entry."""
    full = [row.args for row in matrix.args] if isinstance(matrix, Matrix) else [[matrix]]
    rows = [[plain(write(entry, decimals)) for entry in row] for row in full]
    return {"shape": [len(rows), len(rows[0])], "rows": rows}


def _system(derivation: Derivation) -> dict[str, Any]:
    """The definitions of a system, and those it does not need; nothing for an expression."""
    found: dict[str, Any] = {}
    if derivation.definitions:
        written = [sides(equation, derivation.decimals) for equation in derivation.definitions]
        found["definitions"] = [
            {"name": plain(left), "expression": plain(right)} for left, (right,) in written
        ]
    if derivation.unused:
        found["unused"] = [name.name for name in derivation.unused]
    return found


def _additions(derivation: Derivation) -> dict[str, Any]:
    """What is there only where it was found or asked for."""
    found: dict[str, Any] = {}
    if derivation.by_output:
        _, rights = sides(derivation.by_output, derivation.decimals)
        found["in_terms_of_output"] = plain(rights[-1])
    if derivation.numbers:
        found["numbers"] = _numbers(derivation.numbers, derivation.decimals)
    return found


def _numbers(numbers: Numbers, decimals: bool) -> dict[str, Any]:
    kinks = [plain(write(relation, decimals)) for relation in numbers.kinks]
    return {
        "point": {
            plain(write(row.symbol)): _value(row, decimals) or row.decimal for row in numbers.point
        },
        "digits": numbers.digits,
        "up": [_row(row, decimals) for row in numbers.up],
        "down": [_row(row, decimals) for row in numbers.down],
        **({"kinks": kinks} if kinks else {}),
    }


def _row(row: Row, decimals: bool) -> dict[str, str | None]:
    value = _value(row, decimals)
    return {
        "symbol": plain(write(row.symbol)),
        "formula": plain(write(row.formula, decimals)),
        "value": value,
        "decimal": row.decimal or value,
    }


def _value(row: Row, decimals: bool) -> str | None:
    """The exact value, if there is one."""
    return None if isinstance(row.value, Float) else plain(write(row.value, decimals))


def _node(node: Node, decimals: bool) -> dict[str, Any]:
    return {
        "name": node.symbol.name,
        "expression": plain(write(node.expression, decimals)),
        "operation": node.operation.id,
    } | _shape(node.symbol)


def _output(derivation: Derivation) -> str:
    """What the output is: the last intermediate, or without any, the expression itself."""
    if derivation.jacobian:
        return f"[{', '.join(component.name for component in derivation.jacobian.of)}]"
    if derivation.graph.nodes or derivation.read_as is None:
        return derivation.graph.outputs[0].name
    return plain(write(derivation.read_as, derivation.decimals))


def _local(derivative: LocalDerivative, decimals: bool) -> dict[str, Any]:
    edge = derivative.edge
    found: dict[str, Any] = {
        "of": edge.child.name,
        "wrt": edge.parent.name,
        "value": plain(write(derivative.value, decimals)),
        "law": derivative.law,
        "partial": derivative.symbol.partial,  # type: ignore[attr-defined]
    }
    found |= _shape(derivative.symbol)
    return found | {"slot": edge.place} if edge.place else found


def _shape(tree: Basic) -> dict[str, list[str]]:
    """Rows and columns of a vector or matrix; nothing for a number."""
    shape = shape_of(tree)
    return {"shape": [str(side) for side in shape]} if shape else {}


def _step(step: Step, decimals: bool) -> dict[str, Any]:
    equations = [_equation(equation, decimals) for equation in step.equations]
    return {"id": step.id, "title": step.title, "equations": equations}


def _equation(equation: Equation, decimals: bool) -> dict[str, Any]:
    left, rights = sides(equation, decimals)
    found = {
        "left": plain(left),
        "rights": [plain(right) for right in rights],
        "latex": " = ".join(map(latex, (left, *rights))),
    }
    return found | {"law": equation.law} if equation.law else found


def _verdict(derivation: Derivation) -> dict[str, Any]:
    verdict = derivation.verdict
    return {
        "status": verdict.status,
        "lines": verdict.lines,
        "points": verdict.points,
        "digits": verdict.digits,
        "reason": verdict.reason,
    }
