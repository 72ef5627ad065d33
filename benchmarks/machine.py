"""What a measurement was made on: processor, cores, memory, versions, date."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

__all__ = ["free_memory_gb", "machine_lines", "machine_of_today", "memory_gb"]

_PACKAGES = ("highspy", "pyomo", "pyscipopt", "pulp", "numpy", "scipy")


def machine_of_today() -> dict[str, str]:
    """Return processor, cores, memory, versions and date, in words."""
    versions = []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} absent")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "versions": ", ".join(versions),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def machine_lines(machine: Mapping[str, str]) -> list[str]:
    """Return the lines that say on every page what a measurement was made on."""
    return [
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory']}, load "
        f"{machine['load']} at the end. Python {machine['python']}, {machine['versions']}.",
        f"Date: {machine['date']}.",
    ]


def memory_gb(what: str) -> float | None:
    """Return a figure of this process, None where the system does not tell. [GB]

    Parameters
    ----------
    what
        ``VmRSS`` for what it has now, ``VmHWM`` for the most it has had.
    """
    return _kilobytes(Path("/proc/self/status"), what)


def free_memory_gb() -> float | None:
    """Return the memory that a new program may use, None where the system does not tell. [GB]"""
    free = _kilobytes(Path("/proc/meminfo"), "MemAvailable")
    group, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if free is None or not (group.is_file() and used.is_file()):
        return free
    most = group.read_text(encoding="utf-8").strip()
    if not most.isdigit():
        return free
    return min(free, (int(most) - int(used.read_text(encoding="utf-8"))) / 1e9)


def _kilobytes(listing: Path, name: str) -> float | None:
    """Return the figure of a line such as ``VmRSS:   1024 kB``. [GB]"""
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name}:"):
                return float(line.split()[1]) * 1024 / 1e9
    return None


def _processor() -> str:
    """Return the name of the processor."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
