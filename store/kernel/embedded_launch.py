"""Become another program that can't outlive its starter; run as a script, never imported by the store.

`python -I -S embedded_launch.py SIGNAL PARENT_PID UID GID PROGRAM ARGUMENT…` gives up root (UID -1: stays as it is),
asks Linux to send SIGNAL when the parent dies however it dies, then turns into PROGRAM. A process of its own does what
a `preexec_fn` would, without the deadlocks of running Python between fork and exec in a threaded program. The order
counts: Linux forgets the wish when the user changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    death_signal, parent_pid, uid, gid = map(int, sys.argv[1:5])
    program = sys.argv[5:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent_pid:
        sys.exit("the starter died before PostgreSQL was started")
    os.umask(0o077)
    os.execv(program[0], program)  # noqa: S606 - the launcher itself chose the program


if __name__ == "__main__":
    main()
