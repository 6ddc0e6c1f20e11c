"""The pieces that the feedback pages are made of. Everything that is not written here passes through `escape`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from rnnbook.grading.exports.style import CSS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may do on such a page: no script runs and nothing is loaded, whatever a text might hold."""


def page(title: str, body: str, wide: bool = False) -> str:
    """A whole page that needs nothing else; `body` is HTML."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{text(title)}</title>
<style>{CSS}</style>
</head>
<body{' class="wide"' if wide else ''}>
{body}
</body>
</html>
"""


def text(value: object) -> str:
    """A text, escaped; what cannot be shown is left out, so that it reorders and hides nothing."""
    return escape("".join(c if c.isprintable() else " " if c in "\n\t" else "\ufffd" for c in str(value)))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], foot: Iterable[Sequence[str]] = (),
          numbers: Sequence[int] = ()) -> str:
    """A table in a box that scrolls and can be reached by keyboard. Cells and heads are HTML; the first cell of a row
    is its header. `numbers` are the columns set flush right."""
    def cell(kind: str, n: int, inner: str, scope: str = "") -> str:
        style = ' class="number"' if n in numbers else ""
        return f"<{kind}{scope}{style}>{inner}</{kind}>"

    def line(row: Sequence[str]) -> str:
        first = cell("th", 0, row[0], ' scope="row"')
        return f"<tr>{first}{''.join(cell('td', n, inner) for n, inner in enumerate(row[1:], 1))}</tr>"

    head = "".join(cell("th", n, inner, ' scope="col"') for n, inner in enumerate(heads))
    below = "".join(map(line, foot))
    return (f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}"><table>'
            f'<caption class="unseen">{text(caption)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(map(line, rows))}</tbody>{f'<tfoot>{below}</tfoot>' if below else ''}</table></div>")


def sign(mark: str, words: str) -> str:
    """A sign, which a screen reader leaves out, and the words that say the same."""
    return f'<span aria-hidden="true">{text(mark)}</span> {text(words)}'


def note(label: str, *paragraphs: str, other: bool = False) -> str:
    """A box with a label; the paragraphs are HTML."""
    inner = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)
    return f'<div class="note{" other" if other else ""}"><p class="label">{text(label)}</p>{inner}</div>'
