"""Why a page came out as it did: its blocks, as text and as a picture to open in a browser.

kept              prose  links  text
+ kept              182     0%  The new bridge over the river was …      p < div.story
- related             0   100%  Also read: the old bridge                li < ul.related
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.extract import BlockScore

KEPT = "kept"
WIDEST_TEXT = 60
WIDEST_PLACE = 48
LONGEST_SHOWN = 600
FULL_BAR = 400  # prose that fills the bar beside a block

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff }
h1 { font-size: 1.2rem }
.block { display: grid; grid-template-columns: 9rem 6rem 1fr; gap: .8rem; padding: .25rem .5rem;
         border-left: 5px solid #d0d0d0; margin: 2px 0; color: #767676 }
.inside { background: #f6f8fa }
.kept { border-left-color: #2a7d4f; color: #1a1a1a; background: #eef7f1 }
.reason, .place { font-size: 12px } .place { color: #8a8a8a; overflow-wrap: anywhere }
.bar { height: 8px; background: #2a7d4f; margin-top: .45rem } .links { background: #c2571a }
p { margin: 0; unicode-bidi: plaintext }
"""


def lines_of(scores: Iterable[BlockScore]) -> Iterator[str]:
    """Yield a line for each block, after one that names the columns."""
    yield f"  {'fate':<20} {'prose':>6} {'links':>6}  {'text':<{WIDEST_TEXT}}  place"
    for score in scores:
        mark = "+" if score.reason == KEPT else "-" if score.in_article else " "
        text = _cut(score.text, WIDEST_TEXT)
        yield (
            f"{mark} {_cut(score.reason, 20):<20} {score.prose:>6.0f} {score.link_density:>6.0%}"
            f"  {text:<{WIDEST_TEXT}}  {_cut(score.place, WIDEST_PLACE)}"
        ).rstrip()


def picture_of(url: str, scores: Sequence[BlockScore]) -> str:
    """Return an HTML document that shows the blocks in order, what was kept in green."""
    kept = sum(score.reason == KEPT for score in scores)
    blocks = "\n".join(map(_drawn, scores))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(url)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(url)}</h1>\n<p>{kept} of {len(scores)} blocks are the article. Green: kept. "
        "Grey ground: in the article's region, dropped. The bars: prose, and links in it.</p>\n"
        f"{blocks}\n</body></html>\n"
    )


def _drawn(score: BlockScore) -> str:
    names = ["block"]
    if score.in_article:
        names.append("inside")
    if score.reason == KEPT:
        names.append("kept")
    prose = min(100.0, 100 * score.prose / FULL_BAR)
    links = 100 * score.link_density
    return (
        f'<div class="{" ".join(names)}"><div class="reason">{escape(score.reason)}</div>'
        f'<div><div class="bar" style="width:{prose:.0f}%"></div>'
        f'<div class="bar links" style="width:{links:.0f}%"></div></div>'
        f'<div><p dir="auto">{escape(_cut(score.text, LONGEST_SHOWN))}</p>'
        f'<div class="place">{escape(score.place)}</div></div></div>'
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
