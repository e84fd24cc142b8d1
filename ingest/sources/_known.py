"""Which agencies there are, and whose page a URL is."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import UnusableSource
from ingest.model import Evidence, Feed, Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

_TWINS = ("www.", "m.", "amp.", "mobile.")


@cache
def sources() -> tuple[Source, ...]:
    """Return every declared agency, ordered by slug."""
    names = (found.name for found in iter_modules([str(Path(__file__).parent)]))
    declared = (
        _declared_in(import_module(f"ingest.sources.{name}"), f"{name}.py")
        for name in names
        if not name.startswith("_")
    )
    return tuple(sorted(declared, key=lambda source: source.slug))


def find_source(slug: str) -> Source | None:
    """Return the declared agency of that name."""
    return _by_slug().get(slug)


def source_of_url(url: str) -> Source | None:
    """Return the agency whose page or feed `url` is, by its host alone.

    A host belongs to an agency with all that is below it: what is declared as "yna.co.kr"
    covers "en.yna.co.kr", unless another agency declares that one.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    known = _by_host()
    while host:
        if host in known:
            return known[host]
        _, _, host = host.partition(".")
    return None


def hosts_of(source: Source) -> tuple[str, ...]:
    """Return the hosts that are this agency's: the declared ones and those of its feeds."""
    hosts = [*source.hosts]
    if source.kind not in (SourceKind.BRIDGE, SourceKind.FOLDER):
        hosts.extend(_without_twin(urlsplit(feed.url).hostname or "") for feed in source.feeds)
    return tuple(dict.fromkeys(hosts))


def is_followed(feed: Feed) -> bool:
    """Say whether a feed is polled without a person asking for it.

    Feeds known from memory alone wait until an operator has looked at them and resumes them.
    """
    return feed.evidence is not Evidence.UNVERIFIED


def load_source(path: str | Path) -> Source:
    """Return the agency that a Python file declares. The file is run, as an import is.

    Raises:
        UnusableSource: no such file, not Python, or no `SOURCE = Source(…)` in it.
    """
    path = Path(path)
    if not path.exists():
        raise UnusableSource(str(path), "there is no such file")
    if not path.is_file():
        raise UnusableSource(str(path), "a folder, or no plain file")
    spec = spec_from_file_location(f"khabar_declared_{path.stem.replace('-', '_')}", path)
    if spec is None or spec.loader is None:
        raise UnusableSource(str(path), "not a Python file; its name must end with .py")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise UnusableSource(str(path), f"line {error.lineno}: {error.msg}") from error
    except Exception as error:  # a stranger's file may raise anything at all
        reason = f"it fails when it is read: {type(error).__name__}: {error}"
        raise UnusableSource(str(path), reason) from error
    return _declared_in(module, str(path))


def _declared_in(module: ModuleType, path: str) -> Source:
    """Return what a module declares under the name SOURCE."""
    declared = getattr(module, "SOURCE", None)
    if declared is None:
        raise UnusableSource(path, "it declares no agency; write SOURCE = Source(…)")
    if not isinstance(declared, Source):
        kind = type(declared).__name__
        raise UnusableSource(path, f"its SOURCE is a {kind}; it must be an ingest.model.Source")
    return declared


def _without_twin(host: str) -> str:
    """Return a host without the prefix that only says how the same pages are served."""
    for prefix in _TWINS:
        host = host.removeprefix(prefix)
    return host


@cache
def _by_slug() -> Mapping[str, Source]:
    return MappingProxyType({source.slug: source for source in sources()})


@cache
def _by_host() -> Mapping[str, Source]:
    owned = {host: source for source in sources() for host in hosts_of(source)}
    return MappingProxyType(owned)
