"""docs/agencies.md and the declarations say the same."""

import runpy
from pathlib import Path

from ingest.sources import agency_table, check_source, load_source, sources

PAGE = Path(__file__).parents[3] / "docs" / "agencies.md"


def test_the_page_shows_every_declared_feed_with_its_evidence():
    page = PAGE.read_text(encoding="utf-8")

    _, _, rest = page.partition("<!-- the table: python -m ingest.sources -->\n")
    table, _, _ = rest.partition("<!-- end of the table -->")

    assert table == agency_table(), "run python -m ingest.sources and paste what it prints"


def test_the_table_has_a_row_for_every_feed():
    rows = agency_table().splitlines()[2:]

    assert len(rows) == sum(len(source.feeds) for source in sources())
    assert any("KHABAR_BRIDGE_URL" in row for row in rows)
    assert any("when resumed" in row for row in rows)


def test_the_module_prints_the_table(capsys):
    runpy.run_module("ingest.sources", run_name="__main__")

    assert capsys.readouterr().out == agency_table()


def test_the_worked_example_of_the_guide_is_a_right_declaration(tmp_path):
    guide = PAGE.with_name("adding-an-agency.md").read_text(encoding="utf-8")
    path = tmp_path / "hill_wire.py"
    path.write_text(guide.split("```python\n")[1].split("```")[0], encoding="utf-8")

    example = load_source(path)

    assert check_source(example) == ()
    assert example.number.search("https://hill.example/2025/11/cable-car-88213")
    assert example.datelines[0].match("WIEN (HW) - Die Seilbahn")["place"] == "WIEN"


def test_the_complaints_that_the_guide_quotes_are_those_that_are_told(tmp_path):
    guide = PAGE.with_name("adding-an-agency.md").read_text(encoding="utf-8")
    path = tmp_path / "hill_wire.py"
    example = guide.split("```python\n")[1].split("```")[0]
    path.write_text(
        example.replace("    languages=", '    hosts=("aa.com.tr",),\n    languages='),
        encoding="utf-8",
    )

    (told,) = check_source(load_source(path))

    assert told in guide
