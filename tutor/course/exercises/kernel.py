"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os

PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """The system call `number`; pointers and buffers are passed as ctypes objects.

    Raises:
        OSError: with the call's errno.
    """
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def prctl(option: int, *arguments: object) -> None:
    """`prctl(2)`.

    Raises:
        OSError: with the call's errno.
    """
    padded = [*arguments, *[ctypes.c_ulong(0)] * (4 - len(arguments))]
    if _libc.prctl(ctypes.c_int(option), *padded) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def never_gain_privileges() -> None:
    """Give up set-uid programs for good, which the kernel asks of a process that sandboxes itself."""
    prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def leave_network() -> None:
    """Move into a network namespace of one's own, which has no interface, not even loopback.

    Raises:
        OSError: the system does not let users make namespaces.
    """
    if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
