"""Which of the examples run while the site is built, and how."""

import ast
import importlib.util
import re
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORTER = {"larger_than_memory.py": ["0.2"], "optuna_search.py": ["12"]}  # their arguments


def is_runnable(script: Path) -> bool:
    """Tell whether all that a script imports is installed, and no cluster is asked for."""
    if "cluster" in script.stem:
        return False
    names = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    beside = {path.stem for path in script.parent.glob("*.py")}
    return all(importlib.util.find_spec(name) for name in names - beside)


def runnable() -> str:
    """Return the pattern of the scripts that run; the others are shown only."""
    scripts = [path for path in sorted(EXAMPLES.rglob("*.py")) if path.name[0] != "_"]
    names = "|".join(re.escape(str(path)) for path in scripts if is_runnable(path))
    return f"^({names})$"


def arguments(gallery: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """Return what a script finds on its command line."""
    return SHORTER.get(Path(script["src_file"]).name, [])
