"""`khabar robots`: what a robots.txt allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, read_file
from ingest.cli.show import print_json
from ingest.fetch.robots import RobotsRules, rules_for_status

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

        rules = fetch_robots(address)
    else:
        rules = RobotsRules.parse(read_file(robots))
    print_json(_verdict(rules, user_agent, address))


def _answer(question: Question) -> Answer:
    status = question.number("status")
    rules = rules_for_status(200 if status is None else status)
    if rules is None:
        rules = RobotsRules.parse(question.text("robots") or "")
    return _verdict(rules, question.text("user_agent") or AGENT, question.needed("url"))


def _verdict(rules: RobotsRules, agent: str, address: str) -> Answer:
    return {"allowed": rules.allows(agent, address), "crawl_delay": rules.crawl_delay(agent)}
