"""What the process does that draws pictures: it knows figures and a browser, and no plan.

Apart from the figures' making, so that the process waits for little before it draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.errors import AllocatorError

if TYPE_CHECKING:
    from allocator.child_service import Report
    from allocator.report.figures.style import Figure

__all__ = [
    "DRAWING",
    "RENDER_SECONDS",
    "WIDTH_PX",
    "Painting",
    "PicturesUnavailableError",
    "paint",
]

DRAWING = "kaleido"
"""Module that drawing imports: a child that is started beforehand may have done so."""

WIDTH_PX = 1300
RENDER_SECONDS = 20.0
"""Limit on drawing one figure: a browser that hangs must not hold up a plan. [s]"""


class PicturesUnavailableError(AllocatorError):
    """No picture can be made here; the message says what is missing."""


@dataclass(frozen=True)
class Painting:
    """What the drawing process is told.

    Parameters
    ----------
    figures
        Figures by name.
    browser
        Program of the browser.
    form, scale
        As in ``render_figures``.
    """

    figures: dict[str, Figure]
    browser: str
    form: str
    scale: float


def paint(work: Painting, _report: Report) -> dict[str, bytes]:
    """Draw in this process; any failure of the browser becomes one sentence.

    Parameters
    ----------
    work
        What to draw, and how.

    Raises
    ------
    PicturesUnavailableError
        If the browser does not draw.
    """
    import asyncio

    try:
        return asyncio.run(_render(work))
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        # The browser's driver puts its lines of advice into a tuple; the first says what happened.
        said = error.args[0] if error.args else ""
        text = str(said[0] if isinstance(said, tuple) and said else said)
        reason = text.split("\n", maxsplit=1)[0] or type(error).__name__
        raise PicturesUnavailableError(f"the browser did not draw them ({reason[:200]})") from error


async def _render(work: Painting) -> dict[str, bytes]:
    import kaleido

    drawn: dict[str, bytes] = {}
    async with kaleido.Kaleido(
        n=1, path=work.browser, mathjax=False, timeout=RENDER_SECONDS
    ) as painter:
        for name, figure in work.figures.items():
            size: dict[str, Any] = {
                "format": work.form,
                "width": figure["layout"].get("width", WIDTH_PX),
                "height": figure["layout"].get("height", 600),
                "scale": work.scale,
            }
            drawn[name] = await painter.calc_fig(figure, opts=size)
    return drawn
