"""The oldest versions that are tested are the oldest that pyproject.toml allows."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
INDIRECT = {"joblib", "threadpoolctl"}  # which scikit-learn depends on


def allowed():
    """Return the lowest version of each package that is needed, for use and for tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["test"]
    return dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", one).groups() for one in needed)


def pinned():
    lines = (ROOT / "tests" / "oldest.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def padded(version):
    return (version.split(".") + ["0", "0"])[:3]


def test_the_oldest_versions_are_tested():
    oldest, floors = pinned(), allowed()
    assert oldest.keys() == floors.keys() | INDIRECT
    for name, floor in floors.items():
        assert padded(floor) == padded(oldest[name]), name


def test_what_is_tested_with_them_exists():
    command = re.search(r"core=\((.*?)\)", (ROOT / ".ci" / "run").read_text(), re.DOTALL)[1]
    files = re.findall(r"\w+", command)
    assert len(files) > 5 and len(set(files)) == len(files)
    assert all((ROOT / "tests" / f"test_{name}.py").exists() for name in files)
