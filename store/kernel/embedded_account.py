"""Who runs the embedded PostgreSQL: ourselves, or, as it refuses root, an account without rights."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from store.kernel.embedded_errors import NoUnprivilegedAccount

CANDIDATES = ("nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that PostgreSQL's processes get; `changes_user` only when we are root."""

    uid: int
    gid: int
    changes_user: bool

    def own(self, folder: Path) -> None:
        """Give this one folder to the account; what is above it stays as it is."""
        if self.changes_user:
            os.chown(folder, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Ask the kernel itself, as that user: modes, access lists and mounts all count."""
        if not self.changes_user:
            return os.access(folder, os.X_OK)
        answer = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1" 2>/dev/null', "sh", str(folder)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return answer.returncode == 0


def choose_account(cluster: Path) -> Account:
    """Take ourselves unless root; as root the owner of an existing cluster, else an account made for such use.

    Raises NoUnprivilegedAccount.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), changes_user=False)
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, changes_user=True)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, changes_user=True)
    raise NoUnprivilegedAccount
