"""Syria's foreign ministry: statements on X, which has no feed of its own.

A bridge turns the account into one. The operator runs it and names it by KHABAR_BRIDGE_URL;
until then this source is off.
"""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source, SourceKind

SOURCE = Source(
    slug="syrian-foreign-ministry",
    name="Syrian Ministry of Foreign Affairs",
    agency="@syrianmofaex",
    homepage="https://x.com/syrianmofaex",
    timezone=ZoneInfo("Asia/Damascus"),
    kind=SourceKind.BRIDGE,
    evidence=Evidence.CONFIRMED,
    languages=("ar",),
    feeds=(
        Feed(
            url="/twitter/user/syrianmofaex",
            language="ar",
            note="a path of the bridge at KHABAR_BRIDGE_URL",
        ),
    ),
)
