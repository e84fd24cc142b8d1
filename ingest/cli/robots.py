"""`khabar robots`: what a robots.txt allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, read_file
from ingest.cli.show import print_json
from ingest.fetch.robots import RobotsRules, read_robots, why_unreachable

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer(help="Read robots.txt.", no_args_is_help=True)

AGENT = "khabar"


@app.callback()
def robots() -> None:
    """Read robots.txt."""


@app.command("check")
def check(
    address: Annotated[str | None, typer.Argument(metavar="URL")] = None,
    robots: Annotated[
        str | None, typer.Option(metavar="FILE", help="A robots.txt; by default the site's own.")
    ] = None,
    user_agent: Annotated[str, typer.Option(help="Whose request.")] = AGENT,
    jsonl: JSONL = False,
) -> None:
    """Say whether robots.txt lets an agent ask for an address.

    Example: khabar robots check https://www.aa.com.tr/tr/gundem
    """
    if jsonl:
        answer_lines(_answer)
        return
    if address is None:
        raise typer.BadParameter("name an address, or say --jsonl")
    if robots is None:
        from ingest.pipeline.check import fetch_robots  # brings the whole room of fetching

        file = fetch_robots(address)
        print_json(_verdict(file.rules, user_agent, address) | _why(file.why_unreachable))
    else:
        rules = RobotsRules.parse(read_file(robots))
        print_json(_verdict(rules, user_agent, address))


def _answer(question: Question) -> Answer:
    named = question.number("status")
    status = 200 if named is None else named
    rules = read_robots(question.text("robots") or "", status)
    agent = question.text("user_agent") or AGENT
    return _verdict(rules, agent, question.needed("url")) | _why(why_unreachable(status))


def _verdict(rules: RobotsRules, agent: str, address: str) -> Answer:
    return {"allowed": rules.allows(agent, address), "crawl_delay": rules.crawl_delay(agent)}


def _why(unreachable: str | None) -> Answer:
    """Return what a verdict says besides where no rule, but the want of any, forbids."""
    return {} if unreachable is None else {"why": unreachable}
