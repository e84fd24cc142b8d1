"""Samples as a reader sees them, to be read by eye: what was taken, and every line of the page.

    python -m tests.review              all of them, NAME … only these

Above the line is what `expected.json` says, below it the page's text in its order: `+` is in the
body, `-` is not, with the reason. A test compares the two letter by letter, but only a person who
reads the language sees a caption in the body, a name cut in two, or a paragraph that is missing.
"""

from __future__ import annotations

import sys

from ingest.extract import explain_page
from ingest.sources import find_source
from tests.unit.test_samples import NAMES, SAMPLES, expectation

WIDEST = 150


def print_sample(name: str) -> None:
    """Print one sample."""
    expected = expectation(name)
    print(f"\n═══ {name} ═══ {expected['url']}")
    for field, value in expected["article"].items():
        if value and field != "body":
            print(f"{field:>20}  {value}")
    body = set(expected["article"]["body"])
    print("─" * 40)
    blocks = explain_page(
        (SAMPLES / name / "page.html").read_bytes(),
        url=expected["url"],
        content_type=expected["content_type"],
        source=find_source(expected["source"]) if expected["source"] else None,
    )
    for block in blocks:
        is_kept = block.reason == "kept"
        is_whole = not is_kept or block.text in body
        reason = "" if is_kept else f"  ({block.reason})"
        print(f"{'+' if is_kept else '-'} {block.text[:WIDEST]}{reason}{'' if is_whole else '  ✂'}")


def main() -> None:
    """Print the samples that are named."""
    for name in sys.argv[1:] or NAMES:
        print_sample(name)


if __name__ == "__main__":
    main()
