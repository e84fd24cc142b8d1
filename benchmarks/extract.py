"""Where the time of a page's extraction goes, and how many pages a CPU second that makes.

    python -m benchmarks.extract [FILE …]

Reads the samples' pages by default, or pages that are named. Each is read once, as in life: read
again it would cost less, for its tags are known. The steps up to the choice of the blocks are
taken one by one; what the whole takes beyond them makes the article of the blocks.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figure, print_table
from ingest.errors import ExtractError, MarkupError
from ingest.extract import extract_article, load_language_model
from ingest.extract.blocks import outline_of
from ingest.extract.container import choose_container
from ingest.extract.headline import title_of
from ingest.extract.page import page_of
from ingest.extract.prune import prune
from ingest.heap import search_seldom
from ingest.markup import decode, parse_html

SAMPLES = Path(__file__).parents[1] / "tests" / "samples"
URL = "https://agency.example/world/2025/11/17/story"
ROUNDS = 5
Value = TypeVar("Value")


class Clock:
    """Adds up the CPU seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def take(self, name: str, step: Callable[[], Value]) -> Value:
        """Take a step and return what it returns."""
        start = time.process_time()
        value = step()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start
        return value


def step_through(clock: Clock, body: bytes) -> None:
    """Take the steps of one page up to the choice of its blocks."""
    text, _ = clock.take("decode", lambda: decode(body, None))
    tree = clock.take("parse", lambda: parse_html(text))
    page = clock.take("read the head", lambda: page_of(tree, URL, None))
    outline = clock.take("outline", lambda: outline_of(tree))
    title = clock.take("headline", lambda: title_of(page))
    choice = clock.take("choose the region", lambda: choose_container(outline, title))
    clock.take("prune", lambda: prune(outline, choice, title))


def steps_of_all(files: list[Path]) -> dict[str, float]:
    """Return the CPU seconds of each step over all pages, read for the first time."""
    _start()
    clock = Clock()
    for file in files:
        try:
            step_through(clock, file.read_bytes())
        except MarkupError:
            continue
    return clock.seconds


def seconds_of_all(files: list[Path]) -> float:
    """Return the CPU seconds that the whole extraction of all pages takes, the first time."""
    _start()
    bodies = [file.read_bytes() for file in files]
    start = time.process_time()
    for body in bodies:
        try:
            extract_article(body, url=URL)
        except ExtractError:
            continue
    return time.process_time() - start


def _start() -> None:
    """Begin as a process does that is there to read pages."""
    load_language_model()
    search_seldom()


def _in_fresh_process(measure: Callable[[list[Path]], Value], files: list[Path]) -> Value:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(measure, files).result()


def measure(files: list[Path] | None = None) -> list[Figure]:
    """Return pages a CPU second, and the milliseconds a page of each step: the best of some."""
    files = files or sorted(SAMPLES.glob("*/page.html"))
    whole = min(_in_fresh_process(seconds_of_all, files) for _ in range(ROUNDS))
    rounds = [_in_fresh_process(steps_of_all, files) for _ in range(ROUNDS)]
    steps = {name: min(one[name] for one in rounds) for name in rounds[0]}
    steps["make the article"] = max(0.0, whole - sum(steps.values()))
    pages = len(files)
    return [
        Figure(what=f"extract, {pages} pages", value=pages / whole, unit="pages a CPU second"),
        *(
            Figure(what=f"  {name}", value=1000 * seconds / pages, unit="ms a page")
            for name, seconds in steps.items()
        ),
    ]


def main() -> None:
    """Print the table."""
    print_table(measure([Path(name) for name in sys.argv[1:]]))


if __name__ == "__main__":
    main()
