"""Pages a CPU second: our fetcher against stock httpx and aiohttp, at many hosts at once.

    python -m benchmarks.fetch [--hosts 200] [--pages 2000] [--rounds 3]

A server in a process of its own answers on so many loopback addresses with an 80 kB page, 18 kB as
gzip; the pages are asked for by 50 tasks, each host in turn. What counts is the CPU time of the
asking process alone; rounds of all contenders alternate, and the median is printed. Ratios tell
something, absolute figures only about this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec

import httpx

from ingest.fetch import Fetcher, FetchOptions

TASKS = 50
Ask = Callable[[str], Awaitable[int]]


def page() -> bytes:
    """Return 80 kB that gzip makes 18 kB of, as it does of news."""
    draw = random.Random(7)
    words = [
        "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9)))
        for _ in range(900)
    ]
    text = "<p>" + " ".join(draw.choices(words, weights=range(900, 0, -1), k=20_000))
    return text.encode()[:80_000]


class _Answering(asyncio.Protocol):
    """Gives every request the same reply."""

    reply = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            _, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self.reply)  # type: ignore[attr-defined] # of a socket it has


async def serve(hosts: int) -> None:
    """Answer on so many addresses until stdin ends; print their origins first."""
    body = gzip.compress(page(), 6, mtime=0)
    _Answering.reply = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        b"Date: Mon, 17 Nov 2025 09:00:00 GMT\r\nServer: bench\r\nVary: Accept-Encoding\r\n"
        b'ETag: "5f2a"\r\nCache-Control: max-age=60\r\nLast-Modified: Mon, 17 Nov 2025 08:00:00 GMT'
        b"\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    loop, origins = asyncio.get_running_loop(), []
    for number in range(hosts):
        address = f"127.66.{number // 250}.{number % 250 + 1}"
        server = await loop.create_server(_Answering, address, 0)
        origins.append(f"http://{address}:{server.sockets[0].getsockname()[1]}")
    print(json.dumps(origins), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until our maker ends


async def ask_all(ask: Ask, urls: list[str]) -> float:
    """Return pages a CPU second, after one round through the hosts that opens the connections."""
    waiting = iter(urls)

    async def work() -> None:
        for url in waiting:
            assert await ask(url) == 80_000

    began = time.process_time()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return len(urls) / (time.process_time() - began)


async def run_ours(warm: list[str], urls: list[str]) -> float:
    """Ask with our own fetcher."""
    options = FetchOptions(user_agent="khabar-bench/1 (+loopback)", allow_loopback=True)
    async with Fetcher(options) as fetcher:

        async def ask(url: str) -> int:
            return len((await fetcher.get(url)).body)

        await ask_all(ask, warm)
        return await ask_all(ask, urls)


async def run_httpx(warm: list[str], urls: list[str]) -> float:
    """Ask with httpx as it comes."""
    async with httpx.AsyncClient(timeout=30, follow_redirects=True) as client:

        async def ask(url: str) -> int:
            return len((await client.get(url)).content)

        await ask_all(ask, warm)
        return await ask_all(ask, urls)


async def run_aiohttp(warm: list[str], urls: list[str]) -> float:
    """Ask with aiohttp as it comes, its pool unbounded."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def ask(url: str) -> int:
            async with client.get(url) as reply:
                return len(await reply.read())

        await ask_all(ask, warm)
        return await ask_all(ask, urls)


CONTENDERS = {"khabar": run_ours, "httpx": run_httpx}
if find_spec("aiohttp"):
    CONTENDERS["aiohttp"] = run_aiohttp


def measure(hosts: int, pages: int, rounds: int) -> dict[str, float]:
    """Return the median of each contender."""
    command = [sys.executable, "-m", "benchmarks.fetch", "--serve", str(hosts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        origins = json.loads(server.stdout.readline())
        urls = [f"{origins[n % hosts]}/page/{n}" for n in range(pages)]
        found: dict[str, list[float]] = {name: [] for name in CONTENDERS}
        for _ in range(rounds):
            for name, run in CONTENDERS.items():
                found[name].append(asyncio.run(run(urls[:hosts], urls)))
        server.terminate()
    return {name: statistics.median(figures) for name, figures in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
        return
    figures = measure(given.hosts, given.pages, given.rounds)
    print(f"{given.hosts} hosts, {given.pages} pages of 80 kB (gzip), median of {given.rounds}")
    for name, figure in figures.items():
        ratio = figure / figures["httpx"]
        print(f"  {name:<8} {figure:7.0f} pages a CPU second   {ratio:.2f} x httpx")


if __name__ == "__main__":
    main()
