"""The parts know of each other in one direction only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import chainstep

PACKAGE = Path(chainstep.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# A part may import what stands further up, and nothing beside it or below.
LAYERS = (
    ("columns",),
    ("errors", "notation", "files", "output", "spelling", "polynomials"),
    ("arrays",),
    ("operations",),
    ("graph", "tape", "terms"),
    ("factoring", "cancelling"),
    ("parser", "derivation", "ranges", "textbook"),
    ("definitions", "conditions", "program", "merging", "by_output"),
    ("problem", "differences"),
    ("at_point",),
    ("steps",),
    ("verify",),
    ("pipeline", "vectors"),
    ("jacobians",),
    ("api",),
    ("render",),
    ("__init__",),
    ("batch",),
    ("cli",),
    ("__main__",),
)
LAYER = {part: number for number, parts in enumerate(LAYERS) for part in parts}
UPWARD = {("derivation", "render")}  # d.to_markdown() and its siblings, inside a method
SEEN_BY_RENDERERS = {"columns", "errors", "notation", "arrays", "operations", "graph", "derivation"}
LONGEST = 350  # lines of a file
COMPUTING = {"diff", "doit", "evalf", "expand", "series", "simplify", "subs", "xreplace", "solve"}
DANGEROUS = {"eval", "exec", "compile", "sympify", "parse_expr", "__import__", "nsimplify"}


def name_of(file):
    """The module of a file, without the package: "steps.combine"."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def part_of(module):
    """The part that a module belongs to: a file, or a folder as a whole."""
    return module.partition(".")[0]


def imports_of(file):
    """The modules of the package that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                found.add(module if module in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    ours = {module for module in found if part_of(module) == "chainstep"}
    return {module.removeprefix("chainstep.").replace("chainstep", "__init__") for module in ours}


MODULES = {f"chainstep.{name_of(file)}" for file in FILES}
IMPORTS = {name_of(file): imports_of(file) for file in FILES}


def test_every_part_has_its_place():
    assert {part_of(module) for module in IMPORTS} <= set(LAYER)


@pytest.mark.parametrize("module", IMPORTS)
def test_imports_point_one_way(module):
    part = part_of(module)
    for imported in IMPORTS[module]:
        other = part_of(imported)
        if other != part and (part, other) not in UPWARD and other != "__init__":
            assert LAYER[other] < LAYER[part], f"{module} imports {imported}"


def test_nothing_imports_itself_around_a_corner():
    finished, open_ones = set(), []

    def visit(module):
        assert module not in open_ones, " → ".join([*open_ones, module])
        if module not in finished:
            open_ones.append(module)
            for imported in IMPORTS.get(module, ()):
                if (part_of(module), part_of(imported)) not in UPWARD:
                    visit(imported)
            finished.add(open_ones.pop())

    for module in IMPORTS:
        if module != "__init__":  # loads everything, when it is first used
            visit(module)


def test_steps_do_not_import_each_other():
    for module, imported in IMPORTS.items():
        if part_of(module) == "steps":
            assert "steps" not in map(part_of, imported), module


def test_only_the_pipeline_knows_the_steps():
    importing = {part_of(m) for m, imported in IMPORTS.items() if "steps" in map(part_of, imported)}
    assert importing == {"pipeline", "jacobians"}


def test_renderers_see_derivations_only():
    for module, imported in IMPORTS.items():
        if part_of(module) == "render":
            assert set(map(part_of, imported)) - {"render"} <= SEEN_BY_RENDERERS, module


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_renderers_do_not_compute(file):
    if part_of(name_of(file)) == "render":
        assert not COMPUTING & names_used(file)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_text_is_ever_run(file):
    assert not DANGEROUS & called(file)


def names_used(file):
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return used | {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}


def called(file):
    """The functions called by name; re.compile is an attribute and does no harm."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    named = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    imported = {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    methods = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return named | imported | (methods - {"compile"})


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_files_are_short(file):
    lines = len(file.read_text("utf-8").splitlines())
    assert lines <= LONGEST


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["derive", "--help"]])
def test_help_does_not_import_sympy(arguments):
    program = (
        "import sys\n"
        "from chainstep.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'sympy', 'mpmath'} & set(sys.modules)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip()
