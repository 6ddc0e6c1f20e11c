"""The table of a result, and where it is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks import grading

HERE = Path(__file__).parent


def markdown(result: dict) -> str:
    """A Markdown table: for each size the milliseconds of the one under test, and the others as multiples of it."""
    if result["suite"] == "grading":
        return grading.markdown(result)
    tested, *others = result["rows"][0]["contenders"]
    head = [result.get("head", "(B, T, D, H)"), f"{tested}, ms", *(f"{name} / {tested}" for name in others)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for row in result["rows"]:
        cells = [str(tuple(row["size"])), f"{row['contenders'][tested]['ms']:g}"]
        for name in others:
            low, middle, high = row["contenders"][name]["ratio"]
            cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
        lines.append("| " + " | ".join(cells) + " |")
    about = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    return "\n".join([*lines, "", f"Medians (quartiles) of {result['rounds']} rounds; {about}."])


def keep(result: dict, folder: Path = HERE) -> None:
    """Write results/<suite>.json and the table between its marks in README.md."""
    name = result["suite"]
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    page = folder / "README.md"
    page.write_text(with_table(page.read_text(encoding="utf-8"), result), encoding="utf-8")


def with_table(page: str, result: dict) -> str:
    """`page` with the result's table between <!-- suite --> and <!-- /suite -->."""
    name = result["suite"]
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"page has no <!-- {name} --> … <!-- /{name} -->")
    return marks.sub(lambda found: found[1] + markdown(result) + "\n" + found[2], page)
