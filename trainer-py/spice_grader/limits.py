"""What the process may use at most. The kernel enforces it, also inside C code that no signal
handler interrupts."""

from __future__ import annotations

import resource

MEMORY_BYTES = 1 << 30
"""Address space. sympy and math-verify need about a sixth of it; a tower of exponents would take
everything."""
PAIR_CPU_SECONDS = 30
"""Processor time of one pair, rounded up to whole seconds. The orchestrator's own limit is shorter:
this one ends a process whose orchestrator died while it computed."""


def limit_memory() -> None:
    """Once, after the imports: allocations beyond the limit raise MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor() -> None:
    """Before each pair: beyond its allowance the kernel ends the process (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + PAIR_CPU_SECONDS, hard))
