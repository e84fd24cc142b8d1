"""`khabar cluster`: which news items are one story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ingest.cli.lines import answer_lines, read_instant
from ingest.cli.options import JSONL
from ingest.identity import ArrivalClock, MemoryStoryIndex, link_items
from ingest.model import Item, Relation

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()


@app.command()
def cluster(jsonl: JSONL = False) -> None:
    """Tell which news items are one story, as a JSON pipe.

    The index is in memory and holds what came before on this pipe.

    Example: khabar cluster --jsonl < items.jsonl
    """
    if not jsonl:
        raise typer.BadParameter("a pipe only: say --jsonl")
    index, clock = MemoryStoryIndex(), ArrivalClock()

    def answer(question: Question) -> Answer:
        item = _item(question)
        link = link_items([item], index, arrived=clock.tick(item.published))[0]
        return {
            "story": link.story,
            "relation": link.relation.value,
            "of": link.of if link.relation is not Relation.ORIGINAL else None,
            "merges": link.merges,
        }

    answer_lines(answer)


def _item(question: Question) -> Item:
    return Item(
        id=question.id(),
        url=question.text("url"),
        source=question.text("source") or "",
        language=question.text("language"),
        title=question.text("title"),
        published=read_instant("published", question.text("published")),
        body=question.text("body") or "",
    )
