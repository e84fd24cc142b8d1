"""What the names that site makers give to elements say about the text in them.

Only structure speaks here: tags, roles, and English class names, which are the same on pages in
every language. A hint is an opinion, not a verdict: `container` and `prune` weigh it against the
text it covers, so that a page whose wrapper is called "has-sidebar" keeps its article.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turbohtml import Element


class Hint:
    """What an element calls itself: bits of an int, which are ten times faster than a Flag."""

    NONE = 0
    NAVIGATION = 1
    ASIDE = 2
    FOOTER = 4
    HEADER = 8
    FORM = 16
    COMMENTS = 32
    RELATED = 64
    SHARING = 128
    ADVERT = 256
    SIGNUP = 512
    BYLINE = 1024
    TAGS = 2048
    CAPTION = 4096
    HIDDEN = 8192
    BODY = 16384
    ARTICLE = 32768
    CREDIT = 65536
    STANDFIRST = 131072
    BIOGRAPHY = 262144
    EMBED = 524288
    AUDIO = 16777216
    DROPPED = 1048576  # a source's rule says: not the body
    CONSENT = 4194304
    GALLERY = 33554432
    AUTHOR = 8388608  # together with BYLINE: this one is about people
    CHOSEN = 2097152  # a source's rule says: the body


NOISE = (
    Hint.NAVIGATION
    | Hint.ASIDE
    | Hint.FOOTER
    | Hint.FORM
    | Hint.COMMENTS
    | Hint.RELATED
    | Hint.SHARING
    | Hint.ADVERT
    | Hint.SIGNUP
    | Hint.BYLINE
    | Hint.TAGS
    | Hint.BIOGRAPHY
    | Hint.HIDDEN
    | Hint.CREDIT
    | Hint.CAPTION
    | Hint.CONSENT
    | Hint.AUDIO
    | Hint.GALLERY
)

#: What takes an inline element out of its sentence; a link that opens a gallery stays.
INTERRUPTING = NOISE & ~Hint.GALLERY | Hint.DROPPED | Hint.CHOSEN

_BY_TAG = {
    "nav": Hint.NAVIGATION,
    "aside": Hint.ASIDE,
    "footer": Hint.FOOTER,
    "header": Hint.HEADER,
    "form": Hint.FORM,
    "fieldset": Hint.FORM,
    "dialog": Hint.SIGNUP,
    "figcaption": Hint.CAPTION,
    "address": Hint.BYLINE,
    "time": Hint.BYLINE,
    "main": Hint.ARTICLE,
    "article": Hint.ARTICLE,
}

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

#: schema.org's names in microdata, in lower case.
_BY_ITEMPROP = {
    "author": Hint.BYLINE,
    "comment": Hint.COMMENTS,
    "caption": Hint.CAPTION,
    "datepublished": Hint.BYLINE,
    "datemodified": Hint.BYLINE,
    "keywords": Hint.TAGS,
    "publisher": Hint.BYLINE,
}

_BY_ROLE = {
    "navigation": Hint.NAVIGATION,
    "complementary": Hint.ASIDE,
    "contentinfo": Hint.FOOTER,
    "banner": Hint.HEADER,
    "search": Hint.FORM,
    "dialog": Hint.SIGNUP,
    "alertdialog": Hint.SIGNUP,
    "menu": Hint.NAVIGATION,
    "menubar": Hint.NAVIGATION,
    "tablist": Hint.NAVIGATION,
    "main": Hint.ARTICLE,
    "article": Hint.ARTICLE,
}

_WORDS = {
    Hint.NAVIGATION: "nav navbar navigation menu submenu breadcrumb breadcrumbs crumb crumbs toc"
    " sitemap pagination pager paging skip topbar masthead megamenu offcanvas",
    Hint.ASIDE: "sidebar rail aside infobox factbox",
    Hint.FOOTER: "footer foot colophon legal disclaimer copyright",
    Hint.HEADER: "header",
    Hint.COMMENTS: "comment comments commentlist disqus respond replies livefyre discussion"
    " feedback coral",
    Hint.RELATED: "related recommended recommend recommendation recommendations recirc"
    " recirculation recirc outbrain taboola popular trending mostread mostpopular teaser teasers"
    " readmore seealso upnext morenews moreon morefrom latest carousel promo promos promobox"
    " onward crosslink crosslinks relatedposts alsoread readalso prevnext nextstory nextarticle"
    " nextpost",
    Hint.SHARING: "share shares sharing sharebar social socials addthis addtoany sharedaddy follow"
    " bookmark toolbar tools sharetools",
    Hint.ADVERT: "ad ads adv advert adverts advertisement advertising sponsor sponsored adsbygoogle"
    " adslot dfp gpt banner adbox adunit advertorial commercial affiliate affiliates",
    Hint.SIGNUP: "newsletter newsletters signup subscribe subscription subscriptions paywall"
    " regwall login register optin donate donation cta popup modal overlay membership piano"
    " promotion",
    Hint.CONSENT: "cookie cookies consent gdpr onetrust cookiebot didomi usercentrics cmpbox",
    Hint.BYLINE: "byline author authors autor date timestamp pubdate published updated"
    " meta metadata postmeta postinfo entrymeta datetime",
    Hint.AUTHOR: "byline author authors autor writer reporter",
    Hint.TAGS: "tags taglist tagcloud topics keywords hashtags categories posttags",
    Hint.CAPTION: "caption captions figcaption legend imgdescription imagedescription"
    " photodescription",
    Hint.CREDIT: "credit credits photographer copyrights",
    Hint.BIOGRAPHY: "bio biography authorbox aboutauthor authorbio",
    Hint.STANDFIRST: "standfirst lead lede deck dek subtitle subheadline teasertext intro excerpt"
    " summary chapo chapeau spot subhead bajada copete entradilla sommario occhiello vorspann"
    " ingress perex manchet",
    Hint.AUDIO: "audio audioplayer podcast podcasts texttospeech tts listen listening",
    Hint.GALLERY: "gallery galleries slideshow slider slides lightbox photogallery imagegallery",
    Hint.EMBED: "embed oembed player playlist video audio podcast gallery slideshow",
}


@lru_cache(maxsize=1024)
def names_of(hints: int) -> str:
    """Return the names of the hints set, for people."""
    return " ".join(
        name.lower() for name, bit in vars(Hint).items() if name.isupper() and bit and hints & bit
    )


_MODIFIERS = ("has", "with", "no", "without")

_BY_WORD: dict[str, int] = {}
for _hint, _names in _WORDS.items():
    for _name in _names.split():
        _BY_WORD[_name] = _BY_WORD.get(_name, Hint.NONE) | _hint

#: Whether none of some words says anything; most names are such.
_say_nothing = _BY_WORD.keys().isdisjoint

# These mean it only when they are a whole class, not a part of one.
_WHOLE = {
    Hint.ASIDE: "widget widgets widgetarea",
    Hint.HIDDEN: "hidden invisible sronly screenreader screenreadertext visuallyhidden dnone"
    " displaynone hide offscreen uhidden isvisuallyhidden tooltiptext tooltipcontent"
    " tooltipinner",
}
_BY_NAME = dict(_BY_WORD)
# Alone it is the text one pays for, as the markup asks that search engines read; a "paywall-box"
# asks to pay.
del _BY_NAME["paywall"]
for _hint, _names in _WHOLE.items():
    for _name in _names.split():
        _BY_NAME[_name] = _BY_NAME.get(_name, Hint.NONE) | _hint

_BODY = re.compile(
    r"(?:article|story|entry|post|news|content|text|main|single|page|detail|rich)"
    r"(?:body|content|text|copy|main)|bodycopy|richtext|articlebody|bodytext|contentbody"
)
MAX_NAMES = 400
_SHORTEST_BODY = len("textbody") - 1
_DIGITS = "0123456789-_"
#: Attributes that tell something.
TELLING = ("class", "id", "role", "itemprop", "style", "hidden")
# "9ad7f" in "element-9ad7f" calls nothing an "ad": such parts are a build's. "ad300" is none.
_HASH = re.compile(r"(?<![A-Za-z0-9])(?=[a-f]*+[0-9]++[a-f])[a-f0-9]++(?![A-Za-z0-9])")
_DIGIT = re.compile("[0-9]")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def hints_of(tag: str, told: Mapping[str, str]) -> int:
    """Return what an element says about itself, given those of its attributes that tell."""
    found = _BY_TAG.get(tag, Hint.NONE)
    for key, value in told.items():
        if key == "class":
            found |= _hints_of_classes(value)
        elif key == "id":
            if tag not in HEADINGS:  # a heading is called after what it says, to be led to
                found |= _hints_of_name(value[:MAX_NAMES].rstrip(_DIGITS))
        elif key == "role":
            found |= _BY_ROLE.get(value, Hint.NONE)
        elif key == "itemprop":
            found |= _hints_of_itemprop(value.lower())
        elif _is_hiding(key, value, told):
            found |= Hint.HIDDEN
    return found


def hints_at(element: Element) -> int:
    """Return what an element of a tree says about itself."""
    told = ((name, element.attr(name)) for name in TELLING)
    return hints_of(element.tag, {name: value for name, value in told if value is not None})


def _is_hiding(key: str, value: str, told: Mapping[str, str]) -> bool:
    if key == "style":
        return _HIDING.search(value) is not None
    # React streams a page's late parts as <div hidden id="S:1a"> and moves them in by script.
    return key == "hidden" and not told.get("id", "").startswith("S:")


def _hints_of_itemprop(names: str) -> int:
    """Return what microdata says, in lower case."""
    found = Hint.BODY if "articlebody" in names else Hint.NONE
    for name in names[:MAX_NAMES].split():
        found |= _BY_ITEMPROP.get(name, Hint.NONE)
    return found


def _hints_of_classes(names: str) -> int:
    """Return what the names in a class attribute say."""
    found = Hint.NONE
    for name in names[:MAX_NAMES].split():
        found |= _hints_of_name(name.rstrip(_DIGITS))
    return found


@lru_cache(maxsize=32_768)
def _hints_of_name(name: str) -> int:
    """Return what one class name, or an id, says."""
    if _DIGIT.search(name):
        name = _HASH.sub("", name)
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[0] in _MODIFIERS:
        return Hint.NONE
    squashed = "".join(words)
    whole = _BY_NAME.get(squashed, Hint.NONE)
    found = Hint.NONE
    if len(words) > 1 and not _say_nothing(words):
        for word in words:
            found |= _BY_WORD.get(word, Hint.NONE)
        if whole & Hint.STANDFIRST:  # a "teaser-text" stands above the text, "teasers" beside it
            found &= ~Hint.RELATED
        if "social" in words and "embed" in words:  # a post; "social" alone holds the buttons
            found &= ~Hint.SHARING
    found |= whole
    if len(squashed) >= _SHORTEST_BODY and _BODY.search(squashed):
        found |= Hint.BODY
    return found
