"""Reading a page under suspicion in a process of its own.

A page that was in flight when its worker died may have killed it. It is read once more in a
child process: if that dies or hangs too, the page is to blame and nobody else is hurt; if not,
it was a neighbour or a kill from outside, and the suspicion is over.

    worker ── a line: body, url, content type, source, time ──▶ python -m ingest.pipeline.trial
           ◀── a line: the article, or why there is none ──
"""

from __future__ import annotations

import asyncio
import base64
import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING, Any

from ingest.errors import ExtractError, KhabarError, NotAnArticle
from ingest.extract import extract_article
from ingest.model import SourceKind
from ingest.pipeline.dispatch import Reading, read_document
from ingest.pipeline.orphans import die_with_parent

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.model import Article, Reply, Source

SECONDS = 30.0
WIRES = (SourceKind.WIRE, SourceKind.FOLDER)
LONGEST_LINE = 64 * 1024 * 1024  # a page of 10 MB, base64, with room to spare


class PageKillsReader(KhabarError):
    """The process that read this page died or hung; nothing else did."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason}"


class Trial:
    """A child process that reads one page after the other; started when first needed.

    Args:
        seconds: how long a page may take, the start of the child included.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Trial:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @property
    def is_reading(self) -> bool:
        """Whether a child runs, for all we know."""
        return self._child is not None and self._child.returncode is None

    async def extract(self, reply: Reply, source: Source, now: datetime) -> Article:
        """Read a page apart.

        Raises:
            ExtractError: it gives no article.
            PageKillsReader: reading it kills or hangs a process.
        """
        answer = await self._ask(reply, source, now)
        if isinstance(answer, ExtractError):
            raise answer
        article: Article = answer
        return article

    async def read(self, reply: Reply, source: Source, now: datetime) -> list[Reading]:
        """Read a wire's document apart.

        Raises:
            WireError: an archive that cannot be taken apart.
            PageKillsReader: reading it kills or hangs a process.
        """
        answer = await self._ask(reply, source, now)
        if isinstance(answer, KhabarError):
            raise answer
        readings: list[Reading] = answer
        return readings

    async def _ask(self, reply: Reply, source: Source, now: datetime) -> Any:
        """Have a page or document read by the child."""
        question = pickle.dumps((reply.body, reply.final_url, reply.content_type, source, now))
        async with self._turn:
            child = await self._started()
            try:
                async with asyncio.timeout(self._seconds):
                    line = await _exchange(child, question)
            except TimeoutError:
                await self.close()
                raise PageKillsReader(reply.url, f"not read within {self._seconds:g} s") from None
            except OSError as error:
                await self.close()
                raise PageKillsReader(reply.url, "its reader died") from error
        if not line:
            await self.close()
            raise PageKillsReader(reply.url, "its reader died")
        return pickle.loads(base64.b64decode(line))  # noqa: S301 - written by our own child

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is None or not self.is_reading:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ingest.pipeline.trial",
                str(os.getpid()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
            )
        return self._child

    async def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()


async def _exchange(child: asyncio.subprocess.Process, question: bytes) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise BrokenPipeError("the reader has no pipes")
    child.stdin.write(base64.b64encode(question) + b"\n")
    await child.stdin.drain()
    return await child.stdout.readline()


def _read_wire(
    body: bytes, *, url: str, content_type: str | None, source: Source, now: datetime
) -> list[Reading]:
    found = read_document(body, url=url, content_type=content_type, source=source, now=now)
    return list(found)


def main() -> None:
    """Answer each line on stdin; what kills us here kills nobody else."""
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for who started us
    for line in sys.stdin.buffer:
        body, url, content_type, source, now = pickle.loads(base64.b64decode(line))  # noqa: S301 - our own parent's
        answer: Article | list[Reading] | KhabarError
        read = _read_wire if source.kind in WIRES else extract_article
        try:
            answer = read(body, url=url, content_type=content_type, source=source, now=now)
        except KhabarError as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - a fault of ours kills nothing: it is no crash
            answer = NotAnArticle(url, f"reading it failed: {type(error).__name__}")
        sys.stdout.buffer.write(base64.b64encode(pickle.dumps(answer)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
