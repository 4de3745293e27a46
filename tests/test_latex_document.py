"""LaTeX documents compile, wherever there is a TeX engine."""

import shutil
import subprocess

import pytest

from chainstep import derive

ENGINE = next((e for e in ("pdflatex", "xelatex", "lualatex", "tectonic") if shutil.which(e)), None)
EXPRESSIONS = (
    "ln(sin(x**3)**2)",
    "x^x",
    "max(x, x^2) + gelu(x)",
    "x^2*sin(3x)/(1 + e^(-x))",
    "exp(omega*t + phi)*t",
)


@pytest.mark.skipif(ENGINE is None, reason="no TeX engine on this machine")
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_document_compiles(tmp_path, expression):
    file = tmp_path / "derivation.tex"
    file.write_text(derive(expression).to_latex(), encoding="utf-8")
    options = [] if ENGINE == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run(
        [ENGINE, *options, file.name], cwd=tmp_path, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "derivation.pdf").exists()
