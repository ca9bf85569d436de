"""Seccomp: the kernel refuses the system calls that make processes or sockets, or reach into other processes.

A filter is a classic BPF program over the call's number and arguments: `man 2 seccomp`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from tutor.course.exercises.kernel import prctl

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
NO_SUCH_CALL = 0x00050000 | errno.ENOSYS

LOAD, JUMP_EQUAL, JUMP_ABOVE, JUMP_SET, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
OFFSET_NUMBER, OFFSET_MACHINE, OFFSET_FIRST_ARGUMENT = 0, 4, 16
CLONE_THREAD = 0x00010000
LAST_NUMBER = 0x3FFFFFFF
"""Numbers above it are the x32 interface of x86-64, which would walk around this filter."""

SAME_EVERYWHERE = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,  # a ring opens sockets without a system call
    "pidfd_open": 434,
    "pidfd_getfd": 438,
}


@dataclass(frozen=True)
class Machine:
    """What one processor architecture calls things."""

    audit_number: int
    clone: int
    clone3: int
    to_one_process: tuple[int, ...]
    """`kill` and `tgkill`: allowed towards this very process."""
    refused: Mapping[str, int]


MACHINES = {
    "x86_64": Machine(
        audit_number=0xC000003E,
        clone=56,
        clone3=435,
        to_one_process=(62, 234),
        refused={
            "socket": 41,
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "ptrace": 101,
            "rt_sigqueueinfo": 129,
            "mount": 165,
            "tkill": 200,
            "unshare": 272,
            "rt_tgsigqueueinfo": 297,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "bpf": 321,
            "execveat": 322,
        },
    ),
    "aarch64": Machine(
        audit_number=0xC00000B7,
        clone=220,
        clone3=435,
        to_one_process=(129, 131),
        refused={
            "mount": 40,
            "unshare": 97,
            "ptrace": 117,
            "tkill": 130,
            "rt_sigqueueinfo": 138,
            "socket": 198,
            "execve": 221,
            "rt_tgsigqueueinfo": 240,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "bpf": 280,
            "execveat": 281,
        },
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


def refuse_processes_and_sockets() -> None:
    """Install the filter for this process, for good. Call it after `kernel.never_gain_privileges`.

    Raises:
        OSError: this processor has no table here, or the kernel has no seccomp.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no table of system calls for {platform.machine()}")
    instructions = _filter(machine, os.getpid())
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), array)
    prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program))


def _filter(machine: Machine, own_process: int) -> list[_Instruction]:
    """The program: every block either returns or falls through to the next with the call's number loaded."""
    program = [
        _Instruction(LOAD, 0, 0, OFFSET_MACHINE),
        *_return_unless(JUMP_EQUAL, machine.audit_number, REFUSE),
        _Instruction(LOAD, 0, 0, OFFSET_NUMBER),
        *_return_if(JUMP_ABOVE, LAST_NUMBER, REFUSE),
        # The C library falls back to `clone`, whose flags a filter can read; those of `clone3` lie behind a pointer.
        *_return_if(JUMP_EQUAL, machine.clone3, NO_SUCH_CALL),
    ]
    for number in (*machine.refused.values(), *SAME_EVERYWHERE.values()):
        program += _return_if(JUMP_EQUAL, number, REFUSE)
    program += _return_by_argument(machine.clone, JUMP_SET, CLONE_THREAD)
    for number in machine.to_one_process:
        program += _return_by_argument(number, JUMP_EQUAL, own_process)
    return [*program, _Instruction(RETURN, 0, 0, ALLOW)]


def _return_if(jump: int, value: int, verdict: int) -> list[_Instruction]:
    return [_Instruction(jump, 0, 1, value), _Instruction(RETURN, 0, 0, verdict)]


def _return_unless(jump: int, value: int, verdict: int) -> list[_Instruction]:
    return [_Instruction(jump, 1, 0, value), _Instruction(RETURN, 0, 0, verdict)]


def _return_by_argument(number: int, jump: int, value: int) -> list[_Instruction]:
    """For the call `number`: allow where its first argument meets the test, refuse otherwise."""
    return [
        _Instruction(JUMP_EQUAL, 0, 4, number),
        _Instruction(LOAD, 0, 0, OFFSET_FIRST_ARGUMENT),
        _Instruction(jump, 0, 1, value),
        _Instruction(RETURN, 0, 0, ALLOW),
        _Instruction(RETURN, 0, 0, REFUSE),
    ]
