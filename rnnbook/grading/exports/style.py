"""The look of the feedback pages: the colours of the book's site, light and dark by the system, plain on paper."""

LIGHT = """
  --page: #fdfdfb; --raised: #ffffff; --surface: #f3f4f1; --text: #1c2430; --muted: #4d5866; --heading: #14202e;
  --border: #d9dcd6; --accent: #1d5591; --accent-soft: #e6eef7; --warm: #8a3d00; --warm-soft: #fbeee0;
  --green: #1b6443; --green-soft: #e4f2ea; --bar: #2e8b62; --bar-part: #d08a3e; --bar-none: #dfe2dc;
"""

DARK = """
  --page: #14181d; --raised: #1a1f26; --surface: #1e242c; --text: #e4e7eb; --muted: #aab4c0; --heading: #f2f4f7;
  --border: #38414c; --accent: #8dbcf0; --accent-soft: #1d2c3d; --warm: #f0b27a; --warm-soft: #35281b;
  --green: #86d0a8; --green-soft: #1a2f25; --bar: #5cb88a; --bar-part: #d99a57; --bar-none: #333c46;
"""

CSS = f"""
:root {{ color-scheme: light dark; {LIGHT}
  --serif: "Source Serif 4", Charter, "Bitstream Charter", Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
""" + """
* { box-sizing: border-box; }
html { font-size: 17px; background: var(--page); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 46rem; padding: 2.4rem 1.25rem 4rem; color: var(--text); font-family: var(--serif);
  line-height: 1.6; overflow-wrap: break-word; }
body.wide { max-width: 66rem; }
h1, h2, h3 { color: var(--heading); font-family: var(--sans); font-weight: 650; line-height: 1.22;
  letter-spacing: -0.012em; text-wrap: balance; }
h1 { font-size: 2.05rem; margin: 0.1rem 0 0.35rem; letter-spacing: -0.022em; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 0.8rem; }
h3 { font-size: 1.12rem; margin: 0; }
p { margin: 0.5rem 0; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:hover { color: var(--warm); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: var(--mono); font-size: 0.84em; }
code { background: var(--surface); border-radius: 3px; padding: 0.1em 0.28em; }
pre { background: var(--surface); border-radius: 6px; padding: 0.7rem 0.9rem; margin: 0.5rem 0; overflow-x: auto;
  line-height: 1.45; }
.kicker, .who, .facts, .chip, .label, .scroll, .points, footer, .small { font-family: var(--sans); }
.kicker { margin: 0; color: var(--accent); font-size: 0.8rem; font-weight: 650; letter-spacing: 0.06em;
  text-transform: uppercase; }
.who { margin: 0; color: var(--muted); }
.who bdi:first-child { color: var(--text); font-weight: 600; }
.small { font-size: 0.84rem; color: var(--muted); }

.result { margin: 1.8rem 0 0; padding: 1.3rem 1.4rem 1.2rem; background: var(--raised);
  border: 1px solid var(--border); border-radius: 10px; }
.unseen, .result h2 { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); }
.total { margin: 0; font-family: var(--sans); color: var(--muted); font-size: 1.05rem; }
.total strong { color: var(--heading); font-size: 2.7rem; font-weight: 680; letter-spacing: -0.03em; line-height: 1.1;
  margin-right: 0.12em; font-variant-numeric: tabular-nums; }
.bar { display: flex; gap: 3px; height: 12px; margin: 0.8rem 0 0.3rem; }
.bar > span { display: block; min-width: 5px; border-radius: 3px; overflow: hidden; background: var(--bar-none); }
.bar > span > span { display: block; height: 100%; background: var(--bar-part); }
.bar > .full > span { background: var(--bar); }
.bar > .waiting { background: none; border: 1.5px dashed var(--muted); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; margin: 0.9rem 0 0;
  font-size: 0.88rem; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; min-width: 0; }

.scroll { overflow-x: auto; margin: 0.5rem 0; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; line-height: 1.45; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--border); }
thead th { font-weight: 600; border-bottom: 2px solid var(--border); white-space: nowrap; }
tbody th { font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
tfoot tr:last-child > * { font-weight: 650; border-bottom: 0; }
tfoot th { font-weight: 400; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nowrap { white-space: nowrap; }

.exercise { margin: 1.1rem 0 0; padding: 1.1rem 1.3rem 1.1rem; background: var(--raised);
  border: 1px solid var(--border); border-left: 5px solid var(--bar-none); border-radius: 8px;
  scroll-margin-top: 1rem; }
.exercise.good { border-left-color: var(--bar); }
.exercise.part { border-left-color: var(--bar-part); }
.exercise.bad { border-left-color: var(--warm); }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.15rem 1rem; }
.points { color: var(--muted); font-size: 0.92rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.points strong { color: var(--heading); }
.meta { margin: 0.3rem 0 0.6rem; }
.chip { display: inline-block; margin-right: 0.5rem; padding: 0.08rem 0.6rem; border-radius: 1rem; font-size: 0.8rem;
  font-weight: 600; background: var(--surface); color: var(--muted); }
.good .chip { background: var(--green-soft); color: var(--green); }
.part .chip, .bad .chip { background: var(--warm-soft); color: var(--warm); }
.note { margin: 0.9rem 0 0; padding: 0.75rem 1rem 0.8rem; border-radius: 6px; background: var(--warm-soft); }
.note.other { background: var(--accent-soft); }
.note p { margin: 0.25rem 0 0; }
.note .label { margin: 0; font-size: 0.78rem; font-weight: 650; letter-spacing: 0.04em; text-transform: uppercase;
  color: var(--warm); }
.note.other .label { color: var(--accent); }
.note code { background: color-mix(in srgb, var(--page) 55%, transparent); }
.mistake { color: var(--heading); font-weight: 650; font-size: 1.06em; }
ul.plain { margin: 0.4rem 0 0; padding-left: 1.2rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--border); font-size: 0.8rem;
  color: var(--muted); }

@media (max-width: 30rem) {
  body { padding: 1.4rem 0.9rem 3rem; }
  h1 { font-size: 1.6rem; }
  .result, .exercise { padding-left: 1rem; padding-right: 1rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 0.45rem; }
}
@media print {
  :root { color-scheme: light; }
  html { font-size: 11pt; background: #fff; }
  body { max-width: none; padding: 0; }
  .exercise, .result, .note, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .exercise, .result { border-color: #999; }
  .bar > span, .bar > span > span, .chip, .note { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  a { color: inherit; text-decoration: none; }
  .retry { display: none; }
}
"""
