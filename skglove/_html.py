"""Explanations as HTML for notebooks: self-contained, and safe for any text.

Backgrounds are translucent and letters have the page's own colour, so that light and
dark themes show it alike. Blue and orange are told apart by those who do not tell red
from green; underlines, solid and dashed, say the same without colour.
"""

from html import escape

import numpy as np

# Of the palette for all in M. Okabe, K. Ito, "Color Universal Design", 2008.
BLUE, ORANGE = (0, 114, 178), (230, 159, 0)
_DEEPEST = 0.6
# Less than this part of the largest contribution is not coloured.
_FAINT = 0.06
_SHOWN_CLASSES = 6
_SHOWN_TERMS = 6

_STYLE = """<style>
.skglove-x{font-family:sans-serif;font-size:14px;line-height:1.4;margin:0 0 1em}
.skglove-x .sides{display:flex;flex-wrap:wrap;gap:1em 2em;align-items:flex-start}
.skglove-x .side{flex:1 1 28em;min-width:0}
.skglove-x .text{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.9;
max-height:32em;overflow:auto;unicode-bidi:isolate}
.skglove-x mark{color:inherit;background:none;padding:1px 0;border-radius:2px}
.skglove-x .for{border-bottom:2px solid}
.skglove-x .against{border-bottom:2px dashed}
.skglove-x .unknown{color:#8a8a8a;font-style:italic}
.skglove-x .about{font-size:12px;margin:.4em 0}
.skglove-x .about mark{margin-right:1em;padding:1px 3px}
.skglove-x .terms mark{margin-right:.5em;white-space:nowrap}
.skglove-x table{border-collapse:collapse;font-size:12px;background:none}
.skglove-x td,.skglove-x th{text-align:left;padding:1px 8px 1px 0;border:0;
background:none;color:inherit}
.skglove-x .bar{display:inline-block;height:.8em;background:rgb(0,114,178);
vertical-align:baseline}
.skglove-x summary{cursor:pointer}
</style>"""


def explanation_html(explanation) -> str:
    """Return an :class:`Explanation` as HTML."""
    return f'{_STYLE}<div class="skglove-x">{_body(explanation)}</div>'


def explanations_html(explanations, n_all: int) -> str:
    """Return several as HTML, and how many more there are."""
    parts = [f'<div class="skglove-x">{_body(one)}</div>' for one in explanations]
    if n_all > len(parts):
        parts.append(
            f'<div class="skglove-x">and {n_all - len(parts):,} more texts: '
            "<code>explanations[i]</code> shows one.</div>"
        )
    return _STYLE + "<hr>".join(parts)


def _body(explanation):
    """Return the labels one below the other, the first one open."""
    labels = [_label(explanation, column) for column in range(len(explanation.labels))]
    first, *others = labels
    others = [
        f"<details><summary>{_escaped(label)}</summary>{html}</details>"
        for label, html in zip(explanation.labels[1:], others, strict=True)
    ]
    return (
        f'<div class="sides"><div class="side">{first}{"".join(others)}</div>'
        f"<div>{_probabilities(explanation)}</div></div>"
    )


def _label(explanation, column):
    """Return what one label has: the text, a legend, and the terms that decided."""
    label = _escaped(explanation.labels[column])
    totals = explanation.token_totals[:, column]
    largest = float(np.abs(totals).max(initial=0))
    unused = (
        f" The last {explanation.n_unused:,} words of the text are not used."
        if explanation.n_unused
        else ""
    )
    return (
        f'<div class="text" dir="auto">{_colored(explanation, totals, largest)}</div>'
        f'<div class="about">{_mark("for " + label, 0.5, "for")}'
        f"{_mark('against it', -0.5, 'against')}"
        '<mark class="unknown">not in the vocabulary</mark>'
        f"the strongest adds {largest:.2f}</div>"
        f'<div class="about">{explanation.score_line(column)}.{unused}</div>'
        f'<div class="about terms">{_terms(explanation, column)}</div>'
    )


def _colored(explanation, totals, largest):
    """Return the text with its words coloured."""
    text, parts, end = explanation.text, [], 0
    for (start, stop), total, is_known, token in _pieces(explanation, totals):
        parts.append(_escaped(text[end:start]))
        strength = total / largest if largest else 0.0
        title = f"{token}: {total:+.3f}"
        if not is_known:
            title += ", not in the vocabulary"
        parts.append(_word(text[start:stop], strength, is_known, title))
        end = stop
    return "".join(parts) + _escaped(text[end:])


def _pieces(explanation, totals):
    """Return parts of the text that do not overlap, and what the words in each add.

    A tokenizer may make several words of the same characters.
    """
    pieces, end = [], 0
    words = zip(
        explanation.spans.tolist(),
        totals.tolist(),
        explanation.known.tolist(),
        explanation.tokens,
        strict=True,
    )
    for (start, stop), total, is_known, token in words:
        start = max(start, end)
        if start < stop:
            pieces.append([(start, stop), total, is_known, token])
            end = stop
        elif pieces:
            pieces[-1][1] += total
            pieces[-1][2] |= is_known
            pieces[-1][3] += f" {token}"
    return pieces


def _word(word, strength, is_known, title):
    kinds = [] if is_known else ["unknown"]
    style = ""
    if abs(strength) > _FAINT:
        kinds.append("for" if strength > 0 else "against")
        style = f' style="{_style(strength)}"'
    kinds = f' class="{" ".join(kinds)}"' if kinds else ""
    return f'<mark{kinds}{style} title="{_escaped(title)}">{_escaped(word)}</mark>'


def _mark(html, strength, kind):
    return f'<mark class="{kind}" style="{_style(strength)}">{html}</mark>'


def _style(strength):
    """Return colours for a part of the largest contribution, with its sign."""
    color = ",".join(map(str, BLUE if strength > 0 else ORANGE))
    size = min(1.0, abs(strength))
    depth, line = _DEEPEST * size, min(1.0, 0.2 + 2 * size)
    return f"background:rgba({color},{depth:.2f});border-color:rgba({color},{line:.2f})"


def _terms(explanation, column):
    """Return the words and n-grams that add most, with what they add."""
    terms = explanation.top(_SHOWN_TERMS, explanation.labels[column])
    values = [term.contribution for term in terms]
    largest = max(map(abs, values), default=0) or 1
    return " ".join(
        _mark(
            f"{_escaped(term.term)} {value:+.2f}",
            value / largest,
            "for" if value > 0 else "against",
        )
        for term, value in zip(terms, values, strict=True)
    )


def _probabilities(explanation):
    """Return a table of the most probable classes, and of those explained."""
    probabilities = explanation.probabilities
    classes = explanation.classes.tolist()
    order = np.argsort(-probabilities, kind="stable").tolist()
    shown = [
        code
        for rank, code in enumerate(order)
        if rank < _SHOWN_CLASSES or classes[code] in explanation.labels
    ]
    rows = [
        f"<tr><td>{_escaped(classes[code])}</td><td>{probabilities[code]:.3f}</td>"
        f'<td><span class="bar" style="width:{5 * probabilities[code]:.2f}em">'
        "</span></td></tr>"
        for code in shown
    ]
    if len(classes) > len(shown):
        more = f"and {len(classes) - len(shown)} more"
        rows.append(f'<tr><td colspan="3">{more}</td></tr>')
    return (
        '<table><tr><th>class</th><th colspan="2">probability</th></tr>'
        + "".join(rows)
        + "</table>"
    )


def _escaped(value):
    return escape(str(value), quote=True)
