"""The house: imports run down, two libraries' insides stay in their files, files stay short."""

import ast
import keyword
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import fastbp

# From the bottom up. Rooms on one line do not look into each other. A room is a folder, or a file.
FLOORS = (
    ("version", "warned"),
    ("compiling", "jobs"),
    ("vectors", "objects"),
    ("functions",),
    ("activations", "losses", "penalties", "schedules", "rules", "network"),
    ("checks", "kernels", "textbook"),
    ("training",),
    ("estimators",),
    ("ahead", "distributed", "ensemble", "inspection", "renamed", "river", "streams"),
    ("export",),
    ("__main__",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
NUMBA = ("compiling", "objects", "vectors")  # the rooms that know of Numba at all
NUMBA_INTERNALS = "compiling/numba_internals.py"  # what is not public there, by this file alone
SKLEARN = "estimators/_sklearn.py"  # and of scikit-learn by this one
PARTS = "compiling/parts.py"  # a class derived from one that is not public

# What Numba's and llvmlite's manuals describe, as far as it is used.
PUBLIC = {
    "numba": {"__version__", "njit", "typeof", "types", "extending"},
    "numba.core": {"event"},
    "numba.extending": {
        *("lower_builtin", "models", "overload", "overload_attribute", "overload_method"),
        *("NativeValue", "box", "register_jitable", "register_model", "type_callable"),
        *("typeof_impl", "unbox"),
    },
    "llvmlite": {"__version__", "binding", "ir"},
}
# Attributes with an underscore that manuals describe: of named tuples, and of Numba's proxies.
DESCRIBED = {"_fields", "_getvalue"}
PACKAGE = Path(fastbp.__file__).parent


class Import(NamedTuple):
    """One imported module, and where it is imported."""

    file: Path  # relative to the package
    line: int
    target: tuple[str, ...]  # parts of its name below the package, or ("", library, ...)
    names: tuple[str, ...]

    def __str__(self):  # noqa: D105
        return f"{self.file}:{self.line} imports {', '.join(self.names)} from {self.target}"


def imports(package):
    """Return all imports of a package's files, also those inside functions."""
    found = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found.append(Import(file, node.lineno, absolute(alias.name, package), ()))
            elif isinstance(node, ast.ImportFrom):
                names = tuple(alias.name for alias in node.names)
                if not node.level:
                    found.append(Import(file, node.lineno, absolute(node.module, package), names))
                    continue
                base = file.parent.parts[: len(file.parent.parts) - node.level + 1]
                if node.module:
                    target = (*base, *node.module.split("."))
                    found.append(Import(file, node.lineno, target, names))
                else:  # from . import a, b: each is a module (or a name of the package's face)
                    for name in names:
                        found.append(Import(file, node.lineno, (*base, name), (name,)))
    return found


def absolute(name, package):
    first, *rest = name.split(".")
    return tuple(rest) if first == package.name else ("", first, *rest)


def room_of(parts):
    """Return the room of a file or module, "" for the package's own face."""
    first = parts[0].removesuffix(".py") if parts else ""
    return "" if first == "__init__" else first


def upward(package):
    """Return the imports that do not run down."""
    wrong = []
    for found in imports(package):
        if found.target[:1] == ("",):
            continue
        source, target = room_of(found.file.parts), room_of(found.target)
        if source in ("", target):  # the package's face may look anywhere, a room into itself
            continue
        if FLOOR.get(target, 99) >= FLOOR.get(source, -1):
            wrong.append(f"{found}: {source} -> {target}")
    return wrong


def insides(package):
    """Return the imports of Numba's and scikit-learn's insides outside of the files for them."""
    wrong = []
    for found in imports(package):
        if found.target[:1] != ("",):
            continue
        library, *path = found.target[1:]
        file = found.file.as_posix()
        if library in ("numba", "llvmlite"):
            module = ".".join(found.target[1:])
            # `import numba` is looked into by `reached_into`.
            public = set(found.names) <= PUBLIC.get(module, set()) and (found.names or not path)
            if room_of(found.file.parts) not in NUMBA or not (public or file == NUMBA_INTERNALS):
                wrong.append(str(found))
        private = any(part.startswith("_") for part in (*path, *found.names))
        if library == "sklearn" and private and file != SKLEARN:
            wrong.append(str(found))
    return wrong


def reached_into(package):
    """Return where attributes of Numba that are not public are used outside of the file for them.

    Those of its modules, and in the rooms that know of Numba all with an underscore.
    """
    wrong = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        if file.as_posix() in (NUMBA_INTERNALS, PARTS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            owner, name = ast.unparse(node.value), node.attr
            of_module = owner in PUBLIC and name not in PUBLIC[owner]
            private = name.startswith("_") and not name.startswith("__") and name not in DESCRIBED
            foreign = room_of(file.parts) in NUMBA and owner not in ("self", "cls")
            if of_module or (private and foreign):
                wrong.append(f"{file}:{node.lineno} uses {owner}.{name}")
    return wrong


def of_estimators(package):
    """Return what rooms below the estimators know of an estimator: its name, its attributes.

    Attributes end with an underscore there, and by such names they could be got and set as well.
    """
    shown = re.compile(rf"(?!(?:{'|'.join(keyword.kwlist)})_)[a-z]\w*[a-z]_")
    wrong = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        if FLOOR.get(room_of(file.parts), 99) >= FLOOR["estimators"]:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [getattr(node, field, None) for field in ("id", "arg", "attr")]
            words = [getattr(node, field, None) for field in ("attr", "value")]
            if "estimator" in names or any(
                isinstance(word, str) and shown.fullmatch(word) for word in words
            ):
                wrong.append(f"{file}:{node.lineno}: {ast.unparse(node)}")
    return wrong


def test_imports_run_down():
    assert upward(PACKAGE) == []


def test_what_is_not_public_in_numba_and_sklearn_stays_in_its_file():
    assert insides(PACKAGE) == reached_into(PACKAGE) == []


def test_only_the_estimators_know_an_estimator():
    assert of_estimators(PACKAGE) == []


def test_who_knows_an_estimator_is_seen(tmp_path):
    package = tmp_path / "fastbp"
    (package / "training").mkdir(parents=True)
    (package / "training" / "a.py").write_text("def f(estimator):\n    estimator.n_iter_ = 1\n")
    (package / "training" / "b.py").write_text("loss = getattr(model, 'loss_')\nmodel.fit\n")
    (package / "ahead.py").write_text("def f(estimator):\n    return estimator.t_\n")
    assert of_estimators(package) == [
        "training/a.py:1: estimator",
        "training/a.py:2: estimator.n_iter_",
        "training/a.py:2: estimator",
        "training/b.py:1: 'loss_'",
    ]


def test_the_rule_sees_offences(tmp_path):
    package = tmp_path / "fastbp"
    (package / "network").mkdir(parents=True)
    (package / "network" / "a.py").write_text("def f():\n    from ..kernels.b import c\n")
    (package / "network" / "b.py").write_text("from fastbp.activations import value\n")
    (package / "unknown.py").write_text("from .network import a\nfrom sklearn.base import _a\n")
    assert len(upward(package)) == 3
    assert len(insides(package)) == 1


def test_the_rule_sees_what_is_not_public(tmp_path):
    package = tmp_path / "fastbp"
    offences = (
        "from numba.core import cgutils\n"
        "from numba.core.compiler import CompilerBase\n"
        "from numba.extending import _Intrinsic\n"
        "from numba import prange\n"
        "import numba.core.typing\n"
        "from sklearn.utils import _safe_indexing\n"
        "from sklearn.utils._param_validation import Interval\n"
    )
    uses = (
        "import numba, llvmlite\n"
        "a, b = numba.core, llvmlite.llvmpy\n"
        "f = numba.njit(g)\n"
        "f._cache = None\n"
    )
    allowed = "from numba import types\nfrom numba.core import event\nimport numba\nself._a = 1\n"
    for room in ("compiling", "estimators"):
        (package / room).mkdir(parents=True)
    for name in ("compiling/a.py", NUMBA_INTERNALS, SKLEARN):
        (package / name).write_text(offences)
    (package / "compiling" / "b.py").write_text(uses)
    (package / "compiling" / "c.py").write_text(allowed)
    wrong = insides(package)
    counts = Counter(one.partition(":")[0] for one in wrong)
    assert counts == {"compiling/a.py": 7, NUMBA_INTERNALS: 2, SKLEARN: 5}
    assert sorted(reached_into(package)) == [
        "compiling/b.py:2 uses llvmlite.llvmpy",
        "compiling/b.py:2 uses numba.core",
        "compiling/b.py:4 uses f._cache",
    ]


def test_files_and_rooms_stay_small():
    files = [path for path in PACKAGE.rglob("*.py")]
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 340
    assert max(len(list(path.parent.glob("*.py"))) for path in files) <= 15
