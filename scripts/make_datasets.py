"""Make the shipped data sets from the shared data; run again, it gives the same bytes.

Run from the checkout: ``python -m scripts.make_datasets [--only NAME] [--out FOLDER]``.
The shared data are looked for at ``ALLOCATOR_SHARED``, else beside the checkout.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from scripts.dataset_parts.china import build_china
from scripts.dataset_parts.folder import DataSet, write_data_set
from scripts.dataset_parts.guangxi import build_guangxi
from scripts.dataset_parts.hongshui import build_hongshui
from scripts.dataset_parts.inputs import Inputs, read_inputs
from scripts.dataset_parts.jishishan import build_jishishan
from scripts.dataset_parts.outlines import write_outlines
from scripts.dataset_parts.records import FOLDER as RECORDS
from scripts.dataset_parts.records import write_records
from scripts.dataset_parts.reforms import complete_reforms
from scripts.dataset_parts.responsibility import complete_responsibility
from scripts.dataset_parts.south5 import build_south5
from scripts.dataset_parts.tiny import build_tiny

__all__ = ["BUILDERS", "make"]

BUILDERS: dict[str, Callable[[Inputs], DataSet]] = {
    "tiny": lambda _: build_tiny(),
    "guangxi": build_guangxi,
    "south5": build_south5,
    "china": build_china,
    "jishishan": build_jishishan,
    "hongshui": build_hongshui,
}
OUTLINES = "outlines"
OTHERS = {OUTLINES: write_outlines, RECORDS: write_records}
"""What is no case: shapes for maps, and what really happened."""


def make(name: str, inputs: Inputs, folder: Path) -> None:
    """Write one data set, the outlines or the records into a folder.

    Parameters
    ----------
    name
        A data set, ``outlines`` or ``records``.
    inputs
        Shared tables.
    folder
        Parent of the data sets' folders.

    Raises
    ------
    KeyError
        If there is no such data set.
    """
    if name in OTHERS:
        OTHERS[name](inputs, folder)
    else:
        data_set = BUILDERS[name](inputs)
        complete_reforms(data_set)
        complete_responsibility(data_set)
        write_data_set(data_set, folder)


def main() -> None:
    """Write what the command line asks for."""
    beside = Path(__file__).resolve().parents[1] / "datasets"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*BUILDERS, *OTHERS], help="make one part only")
    parser.add_argument("--out", type=Path, default=beside, help="parent folder")
    chosen = parser.parse_args()
    inputs = read_inputs()
    for name in [chosen.only] if chosen.only else [*BUILDERS, *OTHERS]:
        make(name, inputs, chosen.out)


if __name__ == "__main__":
    main()
