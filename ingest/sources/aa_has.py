"""Anadolu's HAS, the whole service for its subscribers: full texts, corrections, withdrawals.

Off until KHABAR_AA_HAS_USER and KHABAR_AA_HAS_PASSWORD are set. An API user is made at
https://haber.aa.com.tr (Yönetim, Ekle). Its numbers are not the site's: the same story on both
ways is two articles of one story.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from ingest.model import Cadence, Evidence, Feed, Source, SourceKind, WireService

ROOT = "https://api.aa.com.tr/abone/"

SOURCE = Source(
    slug="aa-has",
    name="Anadolu Agency, HAS",
    agency="AA",
    homepage="https://haber.aa.com.tr/",
    timezone=ZoneInfo("Europe/Istanbul"),
    kind=SourceKind.WIRE,
    evidence=Evidence.LISTED,
    hosts=("api.aa.com.tr", "haber.aa.com.tr"),
    languages=("tr", "en", "ar"),
    feeds=(
        Feed(
            url=f"{ROOT}search/",
            evidence=Evidence.LISTED,
            note="all that the subscription holds; asked by POST, rows newest first",
        ),
    ),
    wire=WireService(root=ROOT, credentials="AA_HAS", gap=timedelta(milliseconds=500)),
    cadence=Cadence(floor=timedelta(seconds=60), ceiling=timedelta(minutes=10)),
    recheck_after=(timedelta(hours=1), timedelta(hours=24)),
    licence="For subscribers; what may be republished is in the contract.",
    note=(
        "Less than 500 ms between two requests gives broken pictures or 429, which names no wait. "
        "Links to pictures and videos live for a day and for the asking IP alone."
    ),
)
