"""Make this checkout importable in the running virtual environment, and give it the command `store`.

What an editable install does, without building anything: it needs no network, no setuptools, and no time.
"""

import sys
import sysconfig
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
COMMAND = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from store.cli import main

sys.exit(main())
"""


def main() -> None:
    """Write the path file and the command; both hold absolute paths, as every virtual environment does."""
    packages = Path(sysconfig.get_path("purelib"))
    (packages / "store_checkout.pth").write_text(f"{PROJECT}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts")) / "store"
    command.write_text(COMMAND.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    main()
