"""Refuses dangerous system calls with seccomp (Linux).

Source: docs.kernel.org, userspace-api/seccomp_filter. The filter is the classic BPF of linux/filter.h: each
instruction is (code, jump if true, jump if false, value).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from functools import cache
from typing import Any

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
LOAD, EQUALS, AT_LEAST, BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
X32 = 0x40000000  # added to the numbers of the x32 ABI's calls on x86
CLONE_THREAD = 0x00010000

# {name: (number on x86_64, number on aarch64)}; -1 if the architecture has no such call
REFUSED: dict[str, tuple[int, int]] = {
    # network, and memory and queues that processes can share
    "socket": (41, 198), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    # new processes, and access to others
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "kcmp": (312, 272),
    "setpriority": (141, 140), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # the system itself
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "fanotify_init": (300, 262), "open_by_handle_at": (304, 265), "syslog": (103, 116), "acct": (163, 89),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "reboot": (169, 142), "swapon": (167, 224), "sethostname": (170, 161), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "iopl": (172, -1), "ioperm": (173, -1),
    "personality": (135, 92),
}  # fmt: skip
CLONE, CLONE3, TGKILL, PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)
IS_PROCESS = (EQUALS, 1, 0, 0xFFFFFFFF)  # no process has this id
INSTRUCTION = struct.Struct("<HBBI")
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def is_supported() -> bool:
    """Returns whether this module has a filter for the machine's architecture."""
    return sys.platform == "linux" and platform.machine() in MACHINES


@cache
def compiled() -> bytes:
    """Returns the filter's instructions, in which IS_PROCESS stands for the comparison with the process's id. A process
    can send signals and set limits only to itself."""
    column, architecture = MACHINES[platform.machine()]
    refuse = (RETURN, 0, 0, REFUSE | errno.EPERM)
    allow = (RETURN, 0, 0, ALLOW)
    instructions = [(LOAD, 0, 0, ARCHITECTURE), (EQUALS, 1, 0, architecture), refuse, (LOAD, 0, 0, NUMBER)]
    if architecture == MACHINES["x86_64"][1]:
        instructions += [(AT_LEAST, 0, 1, X32), refuse]
    # clone may create threads, which torch needs; a filter cannot read clone3's flags, and libc falls back to clone
    instructions += [(EQUALS, 0, 4, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (BITS, 1, 0, CLONE_THREAD),
                     refuse, allow]  # fmt: skip
    instructions += [(EQUALS, 0, 1, CLONE3[column]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    instructions += [(EQUALS, 0, 4, TGKILL[column]), (LOAD, 0, 0, FIRST_ARGUMENT), IS_PROCESS, refuse, allow]
    instructions += [(EQUALS, 0, 5, PRLIMIT[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUALS, 2, 0, 0),
                     IS_PROCESS, refuse, allow]  # fmt: skip
    for numbers in REFUSED.values():
        number = numbers[column]
        if number >= 0:
            instructions += [(EQUALS, 0, 1, number), refuse]
    return b"".join(map(_packed, [*instructions, allow]))


def _packed(instruction: tuple[int, int, int, int]) -> bytes:
    return INSTRUCTION.pack(*instruction)


def apply() -> bool:
    """Applies the filter to this process permanently. Returns whether the kernel accepted it."""
    if not is_supported():
        return False
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    code = compiled().replace(_packed(IS_PROCESS), _packed((*IS_PROCESS[:3], os.getpid())))
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("<HxxxxxxQ", len(code) // INSTRUCTION.size, ctypes.addressof(buffer))
    return bool(libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) == 0)
