"""Small pages of our own."""

PROSE = (
    "The new bridge over the river was opened on Monday by the mayor, who spoke for an hour.",
    "Traffic had waited for it for eleven years, and the first lorry crossed at noon, with flags.",
    "Engineers said the steel came from three countries and was tested for wind and for ice.",
    "The old bridge, built by soldiers after the flood, stays open to walkers and to cyclists.",
)
ARABIC = (
    "افتتح رئيس البلدية، الاثنين، الجسر الجديد فوق النهر بعد أحد عشر عاما من الانتظار والعمل.",
    "وقال المهندسون إن الفولاذ جاء من ثلاث دول، وإنه اختبر ضد الريح والجليد قبل التركيب.",
    "ويبقى الجسر القديم، الذي بناه الجنود بعد الفيضان، مفتوحا للمشاة ولراكبي الدراجات.",
)
URL = "https://news.example/world/2025/bridge-opens"


def paragraphs(texts=PROSE):
    return "".join(f"<p>{text}</p>" for text in texts)


def page(body, head="", attributes='lang="en"'):
    return (
        f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>"
    ).encode()


def article_page(head="", before="", after="", texts=PROSE):
    return page(
        f"<main><h1>Bridge opens after eleven years</h1>{before}"
        f"<div class=story>{paragraphs(texts)}</div>{after}</main>",
        head,
    )
