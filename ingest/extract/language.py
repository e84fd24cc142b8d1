"""In which language a text is: declared, else by the path, else by its letters."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.extract.jsonld import text_of

if TYPE_CHECKING:
    from ingest.extract.page import Page

_TAG = re.compile(
    r"^([a-zA-Z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?$"
)
_SCRIPTS = {
    "arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"),
    "hebrew": re.compile(r"[\u0590-\u05ff]+"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]+"),
    "greek": re.compile(r"[\u0370-\u03ff]+"),
    "han": re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]+"),
}
_WRITTEN = {
    "arabic": "ar fa ur ckb ps ug sd ku arz azb",
    "hebrew": "he yi",
    "cyrillic": "ru uk be bg mk sr kk ky tg mn tt ba uz az bs",
    "greek": "el",
    "han": "zh ja ko yue",
}
_BY_SCRIPT = {script: frozenset(names.split()) for script, names in _WRITTEN.items()}
_OTHERS = frozenset().union(*_BY_SCRIPT.values()) - {"az", "sr", "uz", "bs", "ku", "kk", "mn", "tt"}
#: Scripts that one language of the news is written in, or one above all.
_ALONE = {
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ka": re.compile(r"[\u10a0-\u10ff]"),
    "hy": re.compile(r"[\u0530-\u058f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),  # after Japanese, which uses these too
}
_NO_LETTERS = bytes(byte for byte in range(128) if not chr(byte).isalpha())
_MANY = 0.2
GUESSED_FROM = 600  # letters; more make the guess slower and no better
_RENAMED = {"iw": "he", "in": "id", "ji": "yi"}


def language_of(page: Page, text: str) -> str | None:
    """Return the text's language as a BCP 47 tag.

    A declared language that is not written in the script of the text is not believed: many
    Arabic pages call themselves en-US.
    """
    source = page.source
    if source and source.path_languages:
        first = urlsplit(page.url).path.strip("/").partition("/")[0]
        by_path = source.path_languages.get(first)
        if by_path:
            return by_path
    declared = (
        text_of(page.article.get("inLanguage")),
        _declared_by(page),
        page.meta("content-language", "og:locale", "language", "dc.language"),
    )
    sample = text[:2000]
    script = _script_of(sample)
    for tag in declared:
        language = _bcp47(tag)
        if language and _is_written_in(language, script):
            return language
    if source and len(source.languages) == 1 and _is_written_in(source.languages[0], script):
        return source.languages[0]
    return _guessed(sample) if len(sample) >= 40 else None


def _declared_by(page: Page) -> str | None:
    root = page.tree.root
    return (root.attr("lang") or root.attr("xml:lang")) if root else None


def _bcp47(tag: str | None) -> str | None:
    """Return a language tag in its usual spelling; None for what is none."""
    match = _TAG.match((tag or "").split(",")[0].strip())
    if not match:
        return None
    language = match[1].lower()
    parts = [_RENAMED.get(language, language)]
    parts += [match[2].title()] if match[2] else []
    parts += [match[3].upper()] if match[3] else []
    return "-".join(parts)


def _script_of(text: str) -> str:
    ascii_letters = text.encode("ascii", "ignore").translate(None, _NO_LETTERS)
    if 3 * len(ascii_letters) > 2 * len(text):  # no other can be more, counted twice or not
        return "latin"
    counts = {}
    for name, runs in _SCRIPTS.items():
        counts[name] = len("".join(runs.findall(text)))
        if 3 * counts[name] > 2 * len(text):
            return name
    counts["han"] *= 2
    return max(counts, key=lambda name: counts[name])


def _is_written_in(language: str, script: str) -> bool:
    primary = language.partition("-")[0]
    if script == "latin":
        return primary not in _OTHERS
    return primary in _BY_SCRIPT[script]


def load_language_model() -> None:
    """Load it now: one page in ten says nothing of its language, and the first would wait."""
    _identifier()


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """Return the language model; loading it takes half a second, so only once and when needed."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a slow import, seldom needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _guessed(text: str) -> str | None:
    for language, letters in _ALONE.items():
        if len(letters.findall(text)) > _MANY * len(text):
            return language
    language, probability = _identifier().classify(text[:GUESSED_FROM])
    return str(language) if probability >= 0.5 else None
