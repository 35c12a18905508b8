"""The examples of own trainers, as an installer would put them into an environment."""

from __future__ import annotations

import ast
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Example:
    """A folder of `examples/` with a trainer."""

    name: str
    """Of the folder."""

    @property
    def folder(self) -> Path:
        return ROOT / "examples" / self.name

    @property
    def project(self) -> dict[str, Any]:
        """Content of pyproject.toml."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text())

    @property
    def modules(self) -> list[str]:
        """The modules that an installer installs."""
        return list(self.project["tool"]["setuptools"]["py-modules"])

    def install(self, site: Path) -> Path:
        """Puts modules and entry points into `site`, and returns it."""
        project = self.project["project"]
        for module in self.modules:
            shutil.copy(self.folder / f"{module}.py", site)
        info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}", ""]
        (info / "METADATA").write_text("\n".join(lines))
        groups = [
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
            for group, entries in project["entry-points"].items()
        ]
        (info / "entry_points.txt").write_text("\n".join(groups))
        return site

    def imports(self, module: str) -> set[str]:
        """Packages that a module imports; of `spice_trainer`, the subpackages."""
        names: set[str] = set()
        for node in ast.walk(ast.parse((self.folder / f"{module}.py").read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                source = str(node.module)
                whole = {f"{source}.{alias.name}" for alias in node.names}
                names.update(whole if source == "spice_trainer" else {source})
        return {".".join(name.split(".")[: 2 if name.startswith("spice_trainer.") else 1]) for name in names}


BIGRAM = Example("bring-your-own-trainer")
TRANSFORMERS = Example("transformers-trainer")
