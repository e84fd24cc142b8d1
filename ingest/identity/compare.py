"""Two sketches: do they tell one story, and how does the later text relate to the earlier?

    contained   the share of the smaller text's runs that the larger one has too
    lead        the share of a lead found in the other text: news says first what it is about,
                so texts that only share a notice or a quote share no lead
    figures     the share of the smaller one's figures, each with the word before it: bulletins
                from one template share all but these
    words       of short texts: the share of the smaller one's words

The shares are estimates where texts are so long that they were sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from ingest.model import Relation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.identity.letters import Hashes
    from ingest.identity.shingles import Sketch

# Measured on pairs of one story and of two: docs/identity.md shows where they part.
CONTAINED: Final = 0.54  # of the smaller text is enough where a lead is not found,
CONTAINED_WITH_LEAD: Final = 0.3  # and so much where one is;
CONTAINED_EMBEDDED: Final = 0.4  # … but this at least, where the other lead is its own
NO_LEAD: Final = 0.2  # less of a lead is chance …
LEAD: Final = 0.4  # … and this much no more: in between, in proportion
EQUAL_BONUS: Final = 0.15  # noise spoils runs but adds no words: texts of one size need less,
A_TRACE: Final = 0.1  # if so much at least of both leads is left
CONTAINED_AT_LEAST: Final = 0.22
BRIEF_SIZE: Final = 40  # words; a text this short must be there to the word
BRIEF_CONTAINED: Final = 0.75
ALL: Final = 0.99
FEW_FIGURES: Final = 0.04  # figures a word, below which they decide nothing …
MANY_FIGURES: Final = 0.09  # … and above which a text is a bulletin
FIGURE_CHANCE: Final = 0.18  # of a figure in one bulletin to be in another as well
FIGURE_DOUBT: Final = 4.0  # standard deviations that more must agree than by chance,
UPDATE_DOUBT: Final = 2.0  # or so many where there are COUNTLESS_FIGURES amid the same words
COUNTLESS_FIGURES: Final = 15

SAME_PART: Final = 0.3  # of the smaller share, that two texts must have in common

WHOLE: Final = 0.9  # contained: nothing was changed inside
BOILERPLATE_SIZE: Final = 34  # words: a credit, a notice, a call to subscribe
MOSTLY: Final = 0.68  # of the larger text's size: less is a part of it,
HALF: Final = 0.5  # or less than this, where sentences were changed as well as dropped
EQUAL: Final = 0.96  # of the larger text's size: nothing added, nothing dropped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """What two texts share; shares are between 0 and 1.

    Attributes:
        of_new, of_old: share of each text's runs that the other has.
        lead_of_new, lead_of_old: share of each lead that is somewhere in the other text.
        figures: share of the smaller text's figures that the larger has; 1 where it has none.
        size_new, size_old: in words.
        shared: hashes of the runs both have, of this `level` of sampling.
    """

    of_new: float
    of_old: float
    lead_of_new: float
    lead_of_old: float
    figures: float
    size_new: int
    size_old: int
    shared: Hashes
    level: int

    @property
    def contained(self) -> float:
        """How much of the smaller text is in the larger."""
        return max(self.of_new, self.of_old)


def compare(new: Sketch, old: Sketch, *, telling: float = 1.0) -> Likeness | None:
    """Return what two texts share if it makes them one story, else None.

    Args:
        new: the later text.
        old: the earlier one.
        telling: the part of what they share that is not said everywhere; above 0.
    """
    level = max(new.level, old.level)
    mine, theirs = _at(new.text, level), _at(old.text, level)
    shared = _common(mine, theirs)
    of_new, of_old = _share(shared, mine), _share(shared, theirs)
    contained = max(of_new, of_old)
    if telling < 1:  # as if what is said everywhere were in neither text
        contained = contained * telling / (contained * telling + 1 - contained)
    if contained < CONTAINED_AT_LEAST:
        return None
    small, large = (new, old) if new.size <= old.size else (old, new)
    figures = _common_share(small.figures, large.figures)
    if small.size < BRIEF_SIZE and not _is_same_brief(small, large, contained, figures):
        return None
    if figures < _figures_wanted(small, contained):
        return None
    lead_of_new, lead_of_old = _lead_share(new, old), _lead_share(old, new)
    is_noisy = small.size >= EQUAL * large.size and min(lead_of_new, lead_of_old) >= A_TRACE
    wanted = _contained_wanted(max(lead_of_new, lead_of_old))
    if min(lead_of_new, lead_of_old) < A_TRACE:
        wanted = max(wanted, CONTAINED_EMBEDDED)
    if contained < max(CONTAINED_AT_LEAST, wanted - EQUAL_BONUS * is_noisy):
        return None
    return Likeness(
        of_new=of_new,
        of_old=of_old,
        lead_of_new=lead_of_new,
        lead_of_old=lead_of_old,
        figures=figures,
        size_new=new.size,
        size_old=old.size,
        shared=shared,
        level=level,
    )


def _contained_wanted(lead: float) -> float:
    """Return how much of the smaller text must be in the larger, the less the more of a lead is."""
    found = min(1.0, max(0.0, (lead - NO_LEAD) / (LEAD - NO_LEAD)))
    return CONTAINED - found * (CONTAINED - CONTAINED_WITH_LEAD)


def _is_same_brief(small: Sketch, large: Sketch, contained: float, figures: float) -> bool:
    """Whether a text of a few words is in another, every figure and name."""
    if figures < ALL or contained < BRIEF_CONTAINED:
        return False
    has_words = len(large.words) > 0
    return contained >= ALL or (has_words and _common_share(small.words, large.words) >= ALL)


def _figures_wanted(small: Sketch, contained: float) -> float:
    """Return the share of figures that must agree, the more the fuller of them a text is."""
    count = len(small.figures)
    weight = (count / small.size - FEW_FIGURES) / (MANY_FIGURES - FEW_FIGURES)
    if weight <= 0:
        return 0.0
    deviation = sqrt(count * FIGURE_CHANCE * (1 - FIGURE_CHANCE))
    is_updated = count >= COUNTLESS_FIGURES and contained >= ALL
    doubt = UPDATE_DOUBT if is_updated else FIGURE_DOUBT
    wanted = ceil(count * FIGURE_CHANCE + doubt * deviation) / count
    return min(1.0, wanted) * min(1.0, weight)


def is_same_part(one: Likeness, other: Likeness) -> bool:
    """Return whether a new text shares the same part of itself with two earlier ones."""
    level = max(one.level, other.level)
    few, many = sorted((_at(one.shared, level), _at(other.shared, level)), key=len)
    return len(few) > 0 and len(_common(few, many)) >= SAME_PART * len(few)


def relation(likeness: Likeness, *, same_source: bool) -> Relation:
    """Return how the new text relates to the old one, given that they tell one story."""
    small, large = sorted((likeness.size_new, likeness.size_old))
    is_grown = likeness.size_new > likeness.size_old
    is_edited = likeness.contained < WHOLE
    if _is_embedded(likeness, is_grown=is_grown, extra=large - small):
        return Relation.PARTIAL
    if small < (HALF if is_edited else MOSTLY) * large and large - small > BOILERPLATE_SIZE:
        return Relation.VERSION if same_source and is_grown else Relation.PARTIAL
    if is_edited:  # by an editor, or by a scanner, which drops nothing
        return Relation.COPY if small >= EQUAL * large else Relation.VERSION
    if likeness.figures < WHOLE or large - small > BOILERPLATE_SIZE:
        return Relation.VERSION
    return Relation.COPY


def _is_embedded(likeness: Likeness, *, is_grown: bool, extra: int) -> bool:
    """Whether the larger text begins with something else and has the smaller one inside."""
    large, small = likeness.lead_of_new, likeness.lead_of_old
    if not is_grown:
        large, small = small, large
    return large < NO_LEAD < small and extra > BOILERPLATE_SIZE


def _at(text: Hashes, level: int) -> Hashes:
    """Return the part of a sample that a coarser level would have kept."""
    return text[: int(np.searchsorted(text, 1 << (32 - level)))] if level else text


def _common(one: Hashes, other: Hashes) -> Hashes:
    """Return the hashes that two sorted arrays share."""
    if len(one) > len(other):
        one, other = other, one
    if not len(one):
        return one
    there: NDArray[np.bool_] = other.take(np.searchsorted(other, one), mode="clip") == one
    return one[there]


def _share(part: Hashes, whole: Hashes) -> float:
    return len(part) / len(whole) if len(whole) else 0.0


def _common_share(small: Hashes, large: Hashes) -> float:
    return len(_common(small, large)) / len(small) if len(small) else 1.0


def _lead_share(mine: Sketch, other: Sketch) -> float:
    """Return how much of a lead is in the other text: in all that was sampled, or in its lead."""
    lead = _at(mine.lead, other.level)
    anywhere = _share(_common(lead, other.text), lead)
    return (
        max(anywhere, _share(_common(mine.lead, other.lead), mine.lead))
        if other.level
        else anywhere
    )
