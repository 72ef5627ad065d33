"""Vertex loads: the mixes of items that fill a vehicle by weight, volume, or both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import DispatchData

__all__ = ["vertex_loads"]

Floats = NDArray[np.float64]


def vertex_loads(data: DispatchData) -> list[Floats]:
    """All vertices but zero of ``{load >= 0: weight <= payload, volume <= room}``, by fleet.

    A load of fractional units is a mean of vertices, so that columns with these loads describe
    the relaxed loads of each kind of vehicle exactly; a vertex has at most two items. Items of
    which not even one unit fits are left out. So are mixes of items that must not travel together:
    a load without such a mix is a mean of vertices without any.

    Returns
    -------
    list
        One array of shape (vertex, item) for each fleet. [units]
    """
    found = [
        _vertices(data.item_weight_kg / payload, data.item_volume_m3 / room)
        for payload, room in zip(data.payload_kg, data.vehicle_volume_m3, strict=True)
    ]
    return found if data.segregated is None else [_kept(each, data.segregated) for each in found]


def _kept(loads: Floats, segregated: NDArray[np.bool_]) -> Floats:
    """Vertices without two items that must not travel together."""
    is_on = loads > 0
    clashes = ((is_on @ segregated) & is_on).any(axis=1)
    return loads[~clashes]


def _vertices(weight_share: Floats, volume_share: Floats) -> Floats:
    """Vertices where one unit takes these shares of payload and room, shapes (item,)."""
    count = len(weight_share)
    most = 1.0 / np.maximum(weight_share, volume_share)
    fits = most >= 1.0 - 1e-9
    loads = [np.diag(most)[fits]]
    heavy = np.flatnonzero(fits & (weight_share > volume_share * (1 + 1e-12)))
    bulky = np.flatnonzero(fits & (volume_share > weight_share * (1 + 1e-12)))
    for i in heavy:
        for j in bulky:
            # weight_i x + weight_j y = 1 and volume_i x + volume_j y = 1
            size = weight_share[i] * volume_share[j] - weight_share[j] * volume_share[i]
            mix = np.zeros((1, count))
            mix[0, i] = (volume_share[j] - weight_share[j]) / size
            mix[0, j] = (weight_share[i] - volume_share[i]) / size
            loads.append(mix)
    return np.concatenate(loads)
