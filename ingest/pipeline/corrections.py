"""What a person decides against the machine: stories split and joined, articles removed.

Each is one transaction of its caller's, under the change lock, told to consumers with cause
`person`, and stays: no merge moves a story that a person settled, no feed or page brings a removed
article back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import KhabarError, UnusableURL
from ingest.pipeline.stories import forget_article
from ingest.pipeline.story_changes import SEEN, story_changes
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage import host as hosts
from ingest.storage import removal, search
from ingest.storage import source as sources
from ingest.storage import story as stories
from ingest.storage.change import Change
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.storage.article import CurrentRevision
    from ingest.storage.queries import Connection
    from ingest.storage.removal import HoldingDocument

PERSON = "person"


class Uncorrectable(KhabarError):
    """What a person asked for makes no sense; says why."""


def split_story(connection: Connection, article_ids: Sequence[int], *, at: datetime) -> int:
    """Let articles of one story, at least one and not all, leave it together.

    Returns:
        The number of the story they are in now.

    Raises:
        Uncorrectable: they are of several stories, or all there is of one.
    """
    changes.lock_changes(connection)
    of = stories.stories_of(connection, article_ids)
    if len({*of.values()}) != 1 or len(of) != len({*article_ids}):
        raise Uncorrectable("name articles of one story; `khabar story show` lists them")
    (story,) = {*of.values()}
    members = stories.story_members(connection, [story])
    if not any(member.state in SEEN and member.id not in of for member in members):
        raise Uncorrectable(f"story {story} has no other article to be split from")
    staying = [member.id for member in members if member.id not in of]
    # Who opened the story keeps its number, whether that is who leaves or who stays.
    going = staying if story in of else [*of]
    new = min(going)
    stories.settle_stories(connection, [story, new], at=at)
    moved = stories.move_articles(connection, going, into=new)
    stories.sever_relations(connection, [story, new])
    told = story_changes(connection, moved, [story, new], at=at, cause=PERSON)
    changes.publish_changes(connection, told)
    return story if story in of else new


def join_stories(connection: Connection, article_ids: Sequence[int], *, at: datetime) -> int:
    """Make the stories of some articles one: the first article's; return its number.

    Raises:
        Uncorrectable: there is no second story.
    """
    changes.lock_changes(connection)
    of = stories.stories_of(connection, article_ids)
    missing = [str(article_id) for article_id in article_ids if article_id not in of]
    if missing:
        raise Uncorrectable(f"article {missing[0]} belongs to no story")
    into = of[article_ids[0]]
    others = {*of.values()} - {into}
    if not others:
        raise Uncorrectable(f"these articles are one story already: {into}")
    stories.settle_stories(connection, [into], at=at)
    going = [member.id for member in stories.story_members(connection, others)]
    moved = stories.move_articles(connection, going, into=into)
    told = story_changes(connection, moved, [into], at=at, cause=PERSON)
    changes.publish_changes(connection, told)
    return into


def remove_article(connection: Connection, article_id: int, *, at: datetime) -> bool:
    """Erase an article: texts, raw pages, announcements, the indexes; its addresses are kept.

    A wire's documents that held it go whole; the stored texts of what else they held stay.

    Args:
        connection: in a transaction.
        article_id: of an article that exists.
        at: virtual time.

    Returns:
        False if it was removed before.
    """
    (current,) = articles.current_revisions(connection, [article_id]).values()
    touched = {*removal.pages_of_article(connection, article_id).values()}
    touched |= {document.host_id for document in _documents(connection, current)}
    hosts.lock_hosts(connection, touched)  # no worker stores its pages meanwhile
    changes.lock_changes(connection)
    if documents := _documents(connection, current):
        removal.erase_pages(connection, [one.id for one in documents if one.is_own])
        removal.erase_documents(connection, [one.id for one in documents if not one.is_own])
    else:
        removal.erase_pages(connection, removal.pages_of_article(connection, article_id))
    forget_article(connection, article_id)
    search.forget_words(connection, article_id)
    if not removal.erase_article(connection, article_id, at=at):
        return False
    slug = sources.slugs_of(connection, {current.source_id})[current.source_id]
    gone = Change(
        at=at,
        kind="removed",
        cause=PERSON,
        changed=["removed"],
        article=article_id,
        source=slug,
        story=current.story_id,
    )
    left = [] if current.story_id is None else [current.story_id]
    told = story_changes(connection, [], left, at=at, cause=PERSON)
    changes.publish_changes(connection, [gone, *told])
    return True


def _documents(connection: Connection, current: CurrentRevision) -> list[HoldingDocument]:
    """Return the documents of a wire that held an article, none for a page's."""
    try:
        key = url_key(current.url)
    except UnusableURL:  # a file in a folder
        key = current.url
    return removal.documents_of_article(connection, current.article_id, url_key=key)
