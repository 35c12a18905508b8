"""Limits of the process. The kernel enforces them, also inside C code that signal handlers do not
interrupt."""

from __future__ import annotations

import resource

MEMORY_BYTES = 1 << 30
"""Bytes of address space. sympy and math-verify need about a sixth of it. A tower of exponents
would use all memory."""
PAIR_CPU_SECONDS = 30
"""Processor seconds of one pair, rounded up. The time limit of the orchestrator is shorter. This
limit ends a process whose orchestrator ended during the computation."""


def limit_memory() -> None:
    """Sets the memory limit. Called once, after the imports. Allocations above the limit raise
    MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor() -> None:
    """Sets the processor limit of a pair. Called before each pair. Above the limit the kernel ends
    the process (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + PAIR_CPU_SECONDS, hard))
