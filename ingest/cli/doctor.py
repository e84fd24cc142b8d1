"""`khabar settings` and `khabar doctor`: what is set, and what is wrong with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from ingest.cli.checks import CHECKS, Finding
from ingest.cli.options import AsJSON
from ingest.cli.show import print_json, print_table, terminal
from ingest.errors import KhabarError
from ingest.settings import Settings, read_settings, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer()


@app.command("settings")
def show_settings(
    as_json: AsJSON = False,
) -> None:
    """Show every setting: its variable, value and meaning.

    Example: KHABAR_POLL_FLOOR=40s khabar settings
    """
    settings = read_settings()
    shown = settings.shown()
    if as_json:
        print_json(shown)
        return
    fields = type(settings).model_fields
    print_table(
        ("variable", "value", "set", "meaning"),
        (
            (
                variable_of(name),
                shown[variable_of(name)],
                variable_of(name) in os.environ,
                field.description,
            )
            for name, field in fields.items()
        ),
    )


class SomethingIsWrong(KhabarError):
    """At least one finding is a problem."""

    def __str__(self) -> str:
        return f"{self.args[0]} of {self.args[1]} checks found a problem; see above"


@app.command("doctor")
def doctor(
    as_json: AsJSON = False,
) -> None:
    """Look for what is likeliest to be wrong, and say the cure.

    Example: khabar doctor --json
    """
    settings = read_settings()
    findings = [found for look in CHECKS for found in _looked(look, settings)]
    if as_json:
        print_json(findings)
    else:
        console = terminal()
        for finding in findings:
            mark = "[green]✓[/]" if finding.problem is None else "[red]✗[/]"
            console.print(f"{mark} {escape(finding.what)}: {escape(finding.problem or 'fine')}")
            if finding.problem and finding.cure:
                console.print(f"    {escape(finding.cure)}")
    bad = sum(finding.problem is not None for finding in findings)
    if bad:
        raise SomethingIsWrong(bad, len(findings))


def _looked(look: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    try:
        return look(settings)
    except KhabarError as error:
        return [Finding(look.__name__.removeprefix("look_at_"), str(error))]
