"""Run import-linter on .importlinter, leaving out rooms that aren't built yet, which it would refuse to know.

Once every room stands, `lint-imports` alone does the same.
"""

import configparser
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LISTS = ("source_modules", "forbidden_modules")


def main() -> int:
    """Write the narrowed configuration aside and hand over."""
    config = configparser.ConfigParser()
    config.read(PROJECT / ".importlinter", encoding="utf-8")
    absent: set[str] = set()
    for section in config.sections():
        for option in set(LISTS) & set(config[section]):
            names = config[section][option].split()
            absent |= {name for name in names if not exists(name)}
            config[section][option] = "\n".join(name for name in names if exists(name))
        if any(config[section].get(option) == "" for option in LISTS):
            config.remove_section(section)
    if absent:
        print(f"Not built yet: {', '.join(sorted(absent))}")
    with tempfile.NamedTemporaryFile("w", suffix=".ini", encoding="utf-8") as narrowed:
        config.write(narrowed)
        narrowed.flush()
        command = Path(sys.executable).with_name("lint-imports")
        return subprocess.run([command, "--config", narrowed.name], cwd=PROJECT, check=False).returncode


def exists(name: str) -> bool:
    """Tell whether a room of ours is there; other packages are taken to be."""
    path = PROJECT.joinpath(*name.split("."))
    return not name.startswith("store.") or path.with_suffix(".py").exists() or (path / "__init__.py").exists()


if __name__ == "__main__":
    sys.exit(main())
