"""One spelling for each address, and one key for each thing it names.

    text ── normalize_url ──▶ WHATWG's own form: what is requested and stored
                └─ url_key ──▶ the same thing announced differently has the same key
                       └─ twins ──▶ keys that may name the same, if the page itself says so

The key drops what never changes what is shown: the fragment, the scheme's letter s, default
ports, a host's last dot, session marks and the tracking parameters named below. Everything
else stays and stays in order: an unknown parameter may be the article's identity (`?p=`).
All functions raise UnusableURL, whose text never repeats a password.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from ada_url import join_url
from ada_url import normalize_url as whatwg_form

from ingest.errors import UnusableURL

MAX_KEY_LENGTH: Final = 2000  # a btree row of Postgres holds 2,700 bytes
MAX_URL_LENGTH: Final = 4096

_USERINFO: Final = re.compile(r"([/\\]{2,})[^/\\?#]*@")
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")

# ── what only counts visitors ───────────────────────────────────────────────────────────

_TRACKING: Final = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|itm|stm|ns|oly|vero|taboola)_[\w.\-]*"
    r"|at_(?:medium|campaign|campaign_type|custom\d+|format|link_\w+|bbc_team|ptr_name|creation"
    r"|variant|emailtype|recipient_\w+|send_date|link|channel|platform|network|general|ptr_type)"
    r"|(?:fb|g|d|y|ys|ym|tw|tt|rdt_|vm)clid|msclkid|(?:ir|rb_|outbrain)?clickid|sccid"
    r"|gclsrc|gbraid|wbraid|gad_source|gad_campaignid|srsltid|_ga|_gl|_gac|ga_\w+"
    r"|igshid?|igsh|li_fat_id|epik|mibextid|fb_(?:action_\w+|source|ref|comment_id)|sthisfb"
    r"|action_(?:object|type|ref)_map|__twitter_impression|__tn__|__cft__(?:\[\d+\])?|_branch_\w+"
    r"|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|__hs(?:sc|tc|fp)|hsctatracking|elq(?:track(?:id)?|aid|at)?"
    r"|ml_subscriber(?:_hash)?|_ke|_kx|_bhlid|ck_subscriber_id|ncid|nr_email_referer|emci|emdi"
    r"|xtor|xtref|xtnp|xtcr|xtloc|wt[._]?z?mc(?:[._]\w+)?|wt\.[a-z]\w*|s_(?:cid|kwcid)|sc_[cs]id"
    r"|cmpid|campaign_id|ef_id|icid|ocid|trkcampaign|scm|spm|obo[rc]igurl|dicbo|tblci"
    r"|cx_(?:testid|testvariant|artpos|experienceid|click)|guccounter|guce_referrer(?:_sig)?"
    r"|soc_(?:src|trk)|sr_share|traffic_source|wprov|echobox|amp_(?:js_v|gsa|r)|usqp|aoh"
    r"|ref_(?:src|url)|__s|_openstat|phpsessid|aspsessionid\w*|jsessionid|cfid|cftoken"
)

# A name that says where a reader came from, or is a search or a section: only these values.
_AMBIGUOUS: Final = re.compile(
    r"ref|referr?er|source|src|from|via|shared?|origin|partner|emc|cmp|channel|medium|campaign"
    r"|feature|sharetype"
)
_CHANNEL: Final = re.compile(
    r"rss(?:[_-]?feed)?|feeds?|atom|newsletter|e?mail|facebook|fb|twitter|tw|x|t\.co|whatsapp|wa"
    r"|telegram|tg|vk|instagram|linkedin|reddit|pinterest|social|shar(?:e|ing)|copy(?:_?link)?"
    r"|google(?:_?news)?|news\.google\.com|bing|yahoo|flipboard|apple_?news|smartnews|push|hp"
    r"|home(?:page)?|sidebar|related|recommended|trending|most-?read|widget"
)
# Names that track at one site and mean something at another.
_TRACKING_AT: Final[dict[str, frozenset[str]]] = {
    "theguardian.com": frozenset({"cmp", "inttcmp"}),
    "nytimes.com": frozenset({"smid", "smtyp", "partner", "emc", "ref", "unlocked_article_code"}),
    "twitter.com": frozenset({"s", "t", "cn", "refsrc"}),
    "x.com": frozenset({"s", "t", "cn", "refsrc"}),
    "youtube.com": frozenset({"feature", "si", "ab_channel", "pp"}),
    "youtu.be": frozenset({"feature", "si"}),
    "linkedin.com": frozenset({"trk", "trackingid", "lipi", "refid"}),
    "bloomberg.com": frozenset({"srnd", "sref", "leadsource"}),
    "washingtonpost.com": frozenset({"itid", "tid", "wpisrc", "wpmm", "nid"}),
    "cnn.com": frozenset({"cid", "iid", "hpt", "eref", "sr"}),
    "msn.com": frozenset({"cvid", "ei", "pc", "oicd"}),
    "yahoo.com": frozenset({"tsrc", "src", "guid", "soc_src"}),
    "dw.com": frozenset({"maca"}),
    "france24.com": frozenset({"ref"}),
    "spiegel.de": frozenset({"sara_ecid", "sara_ref"}),
    "lemonde.fr": frozenset({"lmd_medium", "lmd_campaign", "lmd_creation"}),
    "elpais.com": frozenset({"ssm", "rel", "prm", "id_externo_rsoc"}),
    "telegraph.co.uk": frozenset({"li_source", "li_medium", "wtmcid"}),
    "dailymail.co.uk": frozenset({"ito", "ns_mchannel"}),
    "reuters.com": frozenset({"feedtype", "feedname", "rpc", "taid"}),
    "aljazeera.com": frozenset({"traffic_source", "xif"}),
    "baidu.com": frozenset({"wfr", "for"}),
    "yandex.ru": frozenset({"from", "lr"}),
    "facebook.com": frozenset({"refid", "_rdr", "rdid", "share_url"}),
    "instagram.com": frozenset({"hl", "igsh"}),
    "medium.com": frozenset({"source", "sk"}),
}


@lru_cache(maxsize=4096)
def _tracks_anywhere(name: str) -> bool:
    return _TRACKING.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def _tracking_at(host: str) -> frozenset[str]:
    labels = host.partition(":")[0].split(".")
    parents = (".".join(labels[start:]) for start in range(max(0, len(labels) - 3), len(labels)))
    return frozenset().union(*(_TRACKING_AT.get(parent, frozenset()) for parent in parents))


def _is_tracking(name: str, value: str, host: str) -> bool:
    name = name.lower()
    if name.startswith("utm_") or _tracks_anywhere(name):
        return True
    if _AMBIGUOUS.fullmatch(name) and _CHANNEL.fullmatch(value.lower()):
        return True
    return name in _tracking_at(host)


# ── the normal form ─────────────────────────────────────────────────────────────────────


def _unusable(url: str, reason: str) -> UnusableURL:
    """Return the error for a URL, with no credentials in it."""
    shown = _USERINFO.sub(r"\1…@", url[: 2 * MAX_URL_LENGTH])
    return UnusableURL(shown.encode("utf-8", "replace").decode(), reason)


def _whole(text: str) -> str:
    """Return text whose lone surrogates are U+FFFD, as WHATWG's USVString has it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# Addresses that WHATWG's rules leave as they are, or put behind the base's origin as they are: most
# of all. A domain in lower case that ends in letters, no port, nothing to escape.
_LETTERS: Final = r"\w\-.~!$&()*+,;=:@%/"
_REST: Final = rf"[{_LETTERS}']*+(?:\?[{_LETTERS}?]*+)?(?:#[{_LETTERS}?]*+)?"
_NORMAL: Final = re.compile(
    rf"https?://(?:(?!xn--)[a-z0-9\-]++\.)++[a-z]{{2,63}}/{_REST}", re.ASCII
)
_NORMAL_PATH: Final = re.compile(rf"/(?!/){_REST}", re.ASCII)


def _written_normally(url: str, base: str | None) -> str | None:
    """Return the normal form of a URL that is as good as in it; None for any other."""
    if "/." in url or "%2" in url:  # segments of dots, and %2e is a dot
        return None
    if url[:1] != "/":
        return url if _NORMAL.fullmatch(url) and (base is None or _origin(base)) else None
    if base and _NORMAL_PATH.fullmatch(url) and (origin := _origin(base)):
        return origin + url if len(origin) + len(url) <= MAX_URL_LENGTH else None
    return None


@lru_cache(maxsize=1024)
def _origin(base: str) -> str | None:
    """Return what stands before the paths below a base; None where there is none of ours."""
    try:
        root = join_url(base, "/")
    except ValueError:
        return None
    return root[:-1] if root.startswith(("http://", "https://")) and "@" not in root else None


def _parsed(url: str, base: str | None) -> str:
    try:
        return join_url(base, url) if base is not None else whatwg_form(url)
    except ValueError as error:
        reason = "not a URL" if _SCHEME.match(url.strip()) else "not an absolute URL"
        raise _unusable(url, reason if base is None else f"{reason} below its base") from error


def normalize_url(url: str, base: str | None = None) -> str:
    """Return the URL as WHATWG's standard spells it; `khabar` requests and stores this form.

    Args:
        url: as found: spaces around it, other scripts, backslashes are well.
        base: an absolute URL to resolve against, where `url` may be relative.

    Raises:
        UnusableURL: no URL, another scheme than http and https, credentials in it, or more
            than MAX_URL_LENGTH characters.
    """
    if len(url) > MAX_URL_LENGTH:
        url = url.strip()
        if len(url) > MAX_URL_LENGTH:
            raise _unusable(url, f"more than {MAX_URL_LENGTH} characters")
    if (normal := _written_normally(url, base)) is not None:
        return normal
    if not url.isascii():
        url = _whole(url)
    href = _parsed(url, base)
    if not href.startswith(("http://", "https://")):
        raise _unusable(href, f"{href.partition(':')[0]}: is never fetched")
    if len(href) > MAX_URL_LENGTH:
        raise _unusable(href, f"more than {MAX_URL_LENGTH} characters")
    if "@" in href and "@" in href.split("/", 3)[2]:
        raise _unusable(href, "credentials in a URL are refused")
    return href


# ── the key ─────────────────────────────────────────────────────────────────────────────

_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%")
_ESCAPE: Final = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")
_ODD_ESCAPE: Final = re.compile(  # lower case, of an unreserved character, or none at all
    r"%(?:(?![0-9A-F]{2})|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])"
)
_LAST_DOT: Final = re.compile(r"((?:^|\.)[^.\d][^.]*)\.$")  # not of numbers: 1.2. is an address
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)


def _plain_escapes(found: re.Match[str]) -> str:
    run = found[0].upper()
    if run == "%":
        return "%25"
    return _ESCAPE.sub(lambda escape: chr(int(escape[0][1:], 16)), run)


def _one_spelling(part: str) -> str:
    """Return a path or query with RFC 3986's normal percent-encodings."""
    return _ESCAPES.sub(_plain_escapes, part) if _ODD_ESCAPE.search(part) else part


def _kept_query(query: str, host: str) -> str:
    kept = []
    for pair in query.split("&"):
        pair = pair.removeprefix("amp;")  # from links escaped twice
        name, _, value = pair.partition("=")
        if pair and not _is_tracking(name, value, host):
            kept.append(pair)
    return "&".join(kept)


def _parts(href: str) -> tuple[str, str, str]:
    """Return host, path and query of a normal form, each as the key has it."""
    scheme, _, rest = href.partition("//")
    rest = rest.partition("#")[0]
    address, _, query = rest.partition("?")
    host, slash, path = address.partition("/")
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        host = _LAST_DOT.sub(r"\1", name)
        host += "" if (scheme, port) in {("http:", "443"), ("https:", "443")} else f":{port}"
    else:
        host = _LAST_DOT.sub(r"\1", host)
    path = _one_spelling(slash + path) or "/"
    if ";" in path:
        path = _SESSION.sub("", path)
    return host, path, _kept_query(_one_spelling(query), host) if query else ""


def _key(host: str, path: str, query: str) -> str:
    return f"https://{host}{path}?{query}" if query else f"https://{host}{path}"


@lru_cache(maxsize=4096)
def url_key(url: str) -> str:
    """Return what two spellings of one address have in common; a key of a key is itself.

    At most MAX_KEY_LENGTH characters, so that an index can hold it: a longer one is cut and
    ends in a digest of the whole.

    Raises:
        UnusableURL: see `normalize_url`.
    """
    key = _key(*_parts(normalize_url(url)))
    if len(key) <= MAX_KEY_LENGTH:
        return key
    digest = blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{key[: MAX_KEY_LENGTH - 33]}~{digest}"


# ── hosts and sites ─────────────────────────────────────────────────────────────────────

_VARIANT_HOST: Final = re.compile(r"(?:www\d?|m|mobile|amp|touch|wap)\.(?=[^.]+\.[^.\d])")


def host_of(url: str) -> str:
    """Return host and port in lower case, as in "www.aa.com.tr" or "127.0.0.5:8800"."""
    return normalize_url(url).split("/", 3)[2]


def origin_of(url: str) -> str:
    """Return scheme, host and port, as in "https://www.aa.com.tr"."""
    return "/".join(normalize_url(url).split("/", 3)[:3])


def site_of(host: str) -> str:
    """Return the host without www., m., amp. and their like; a port stays."""
    host = host.lower()
    while (variant := _VARIANT_HOST.match(host)) is not None:
        host = host[variant.end() :]
    return host


# ── twins ───────────────────────────────────────────────────────────────────────────────

_TWIN_QUERY: Final = re.compile(
    r"(?:amp|print|printable|output|outputtype|view|mode|m|mobile|noamp)"
    r"(?:=(?:1|true|amp|print|y|yes|mobile|desktop)?)?",
    re.IGNORECASE,
)
_TWIN_TAIL: Final = re.compile(
    r"(?:/amp|\.amp(?=\.html?$)|\.amp|/amphtml|/print|/printable|/index\.(?:html?|php|aspx?)|\.print)$"
    r"|\.amp(?=\.html?$)",
    re.IGNORECASE,
)
_TWIN_HEAD: Final = re.compile(r"/(?:amp|m|mobile|print)(?=/)", re.IGNORECASE)


def _plainest(path: str, query: str) -> tuple[str, str]:
    path = _TWIN_HEAD.sub("", path, count=1) if _TWIN_HEAD.match(path) else path
    path = _TWIN_TAIL.sub("", path.rstrip("/"))
    kept = (pair for pair in query.split("&") if not _TWIN_QUERY.fullmatch(pair))
    return path.rstrip("/"), "&".join(kept)


def plain_key(url: str) -> str:
    """Return the key of the plainest twin: equal for all that `twins` takes for one another."""
    host, path, query = _parts(normalize_url(url))
    path, query = _plainest(path, query)
    return _key(site_of(host), path or "/", query)


@lru_cache(maxsize=4096)
def twin_number(url: str) -> int:
    """Return 64 bits, signed, that an address has in common with all its twins.

    Raises:
        UnusableURL: see `normalize_url`.
    """
    digest = blake2b(plain_key(url).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def twins(url: str) -> tuple[str, ...]:
    """Return keys that often name the same thing as `url`, likeliest first, never its own.

    AMP, mobile, print, `www.`, `index.html` and the last slash, both ways; a scheme's s is
    no part of a key. Guesses: only a canonical link or equal content may confirm one.

    Raises:
        UnusableURL: see `normalize_url`.
    """
    host, path, query = _parts(normalize_url(url))
    site = site_of(host)
    bare, plain = _plainest(path, query)
    hosts = dict.fromkeys((host, f"www.{site}", site))
    paths = dict.fromkeys((bare or "/", f"{bare}/"))
    found = [_key(h, p, plain) for h in hosts for p in paths]
    if bare:
        found += [_key(h, f"{bare}/amp", plain) for h in hosts]
        found += [_key(h, f"{bare}/amp/", plain) for h in hosts]
    found += [_key(h, f"{bare}/index.html", plain) for h in hosts]
    amp = f"{plain}&amp=1" if plain else "amp=1"
    found += [_key(h, p, amp) for h in hosts for p in dict.fromkeys((path, bare or "/"))]
    found += [_key(f"{variant}.{site}", path, plain) for variant in ("m", "amp", "mobile")]
    own = _key(host, path, query)
    return tuple(key for key in dict.fromkeys(found) if key != own)
