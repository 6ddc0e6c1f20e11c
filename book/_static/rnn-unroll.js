/* <rnn-unroll>: step a sentence through an RNN, folded and unrolled. The data is the JSON inside the element
   (see rnnbook/figures/unroll.py); without this script the element shows a picture and a table of the same values. */
(() => {
  "use strict";
  const CSS = `
:host { display: block; --ink: var(--pst-color-text-base, #222832); --muted: var(--pst-color-text-muted, #48566b);
  --line: var(--pst-color-border, #c3c9d1); --paper: var(--pst-color-background, #fff);
  --surface: var(--pst-color-surface, #f3f4f5); --accent: var(--pst-color-primary, #0a7d91);
  --above: var(--rnn-above, #d9630f); --below: var(--rnn-below, #2b72c4); color: var(--ink); line-height: 1.4; font-family: var(--pst-font-family-heading, inherit); }
* { box-sizing: border-box; }
.stage { display: flex; }
.chain { position: relative; flex: 1 1 0; min-width: 0; overflow-x: auto; overflow-y: hidden; scrollbar-width: thin; border-radius: 6px; }
svg { display: block; font-size: 13px; fill: var(--ink); user-select: none; }
.math { font-family: KaTeX_Math, "STIX Two Text", Georgia, serif; font-style: italic; font-size: 15px; }
.sub { font-size: 72%; }
.upright { font-family: KaTeX_Main, "STIX Two Text", Georgia, serif; font-style: normal; }
.small { font-size: 12px; fill: var(--muted); }
.best { font-weight: 600; font-size: 12px; }
.tiny, :host([narrow]) .best { font-size: 11px; }
.wire { stroke: var(--muted); stroke-width: 1.5; fill: none; }
.head { fill: var(--muted); }
.track { fill: var(--surface); }
.share { fill: var(--muted); }
.share.win { fill: var(--accent); }
.tick { fill: var(--ink); }
.edge { fill: none; stroke: var(--line); }
.box { fill: var(--surface); stroke: var(--line); }
.now .edge, .now .box { stroke: var(--accent); stroke-width: 2.5; }
.now .word { font-weight: 600; }
.most { fill: var(--accent); }
.band { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.off .wire, .off .edge, .off .box { stroke-dasharray: 3 3; }
.off .wire { stroke: var(--line); } .off .head { fill: var(--line); }
.off .box { fill: none; } .off text { fill: var(--muted); }
.off .cells, .off .made { opacity: 0; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin-top: .5rem; }
.controls label { display: flex; gap: .5rem; align-items: center; font-size: .875rem; }
select, button { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--muted); border-radius: 6px; height: 2.5rem; }
select { padding: 0 .5rem; max-width: 14rem; }
button { width: 2.75rem; padding: 0; display: inline-grid; place-items: center; cursor: pointer; }
button.play { background: var(--accent); border-color: var(--accent); }
button.play svg { fill: var(--paper); }
button:hover, select:hover { border-color: var(--ink); }
button[aria-disabled=true] { cursor: default; opacity: .45; }
button svg { width: 1.1rem; height: 1.1rem; fill: var(--ink); }
.buttons { display: flex; gap: .35rem; }
.slide { flex: 1 1 7rem; min-width: 6rem; }
input { width: 100%; height: 2.5rem; margin: 0; accent-color: var(--accent); cursor: pointer; }
.count { font-variant-numeric: tabular-nums; font-size: .875rem; color: var(--muted); min-width: 2.5rem; text-align: right; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
p { margin: .25rem 0 0; font-size: .9375rem; }
.words { min-height: 4.5rem; margin-top: .25rem; }
.line { display: flex; justify-content: space-between; gap: .75rem; margin-top: .25rem; font-size: .875rem; color: var(--muted); }
.line p { margin: 0; font-size: inherit; }
.legend { flex: none; display: flex; gap: .35rem; align-items: center; height: 1.4em; }
.legend i { width: 5rem; height: .65rem; border: 1px solid var(--line); border-radius: 2px;
  background: linear-gradient(90deg, var(--below), var(--paper), var(--above)); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) { .cells, .made { transition: opacity .3s; } }
@media (forced-colors: active) { .tick, .share { fill: CanvasText; } .now .edge { stroke: Highlight; } }
:host([narrow]) .words { min-height: 7.25rem; }
`;
  const ICONS = {
    back: "M15 5v14l-9-7z", next: "M9 5v14l9-7z", play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  };
  const TOP = 22, BAR = 13, GAP = 24, MAP = 144, WORD = 26, FOOT = 22;      // px, from the top of the drawing
  const SECONDS = 1.2;                                                     // a step, while it plays

  const html = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const svg = (tag, props = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const text = (x, y, words, cls = "", anchor = "middle") => svg("text", { x, y, class: cls, "text-anchor": anchor }, words);
  const math = (x, y, letter, sub, anchor = "middle") => {
    const node = text(x, y, letter, "math", anchor);
    node.append(svg("tspan", { dy: 3, class: Number.isInteger(sub) ? "sub upright" : "sub" }, sub));
    return node;
  };
  const arrow = (x1, y1, x2, y2) => {
    const l = Math.hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / l, uy = (y2 - y1) / l, bx = x2 - 5 * ux, by = y2 - 5 * uy;
    return svg("g", {},
      svg("path", { class: "wire", d: `M${x1} ${y1}L${bx} ${by}` }),
      svg("path", { class: "head", d: `M${x2} ${y2}L${bx - 3 * uy} ${by + 3 * ux}L${bx + 3 * uy} ${by - 3 * ux}Z` }));
  };
  const icon = (name) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
  const number = (value) => (value + 0).toFixed(2).replace("-", "\u2212");
  const percent = (value) => Math.round(value * 100);
  const best = (p) => p.indexOf(Math.max(...p));
  const colour = (value) =>
    `fill: color-mix(in oklab, var(${value < 0 ? "--below" : "--above"}) ${percent(Math.min(1, Math.abs(value)))}%, var(--paper))`;

  class RnnUnroll extends HTMLElement {
    connectedCallback() {
      if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", () => this.upgrade(), { once: true });
      } else this.upgrade();
    }

    disconnectedCallback() {
      this.pause();
      this.observer?.disconnect();
      this.observer = null;
    }

    upgrade() {
      if (!this.isConnected) return;
      if (!this.shadowRoot) {
        const source = this.querySelector('script[type="application/json"]');
        if (!source) return;                                  // the picture and the table stay
        this.data = JSON.parse(source.textContent);
        this.which = 0;
        this.unit = null;
        this.t = this.data.start === "last" ? this.trace.tokens.length : 1;
        this.build();
      }
      this.observer = new ResizeObserver(() => this.layout());
      this.observer.observe(this);
      this.layout();
    }

    get trace() { return this.data.traces[this.which]; }
    get T() { return this.trace.tokens.length; }
    state(t) { return t === 0 ? this.trace.h0 : this.trace.h[t - 1]; }

    build() {
      const { traces } = this.data;
      this.fold = svg("svg", { "aria-hidden": "true" });
      this.drawing = svg("svg", { "aria-hidden": "true" });
      this.chain = html("div", {
        class: "chain", tabindex: 0, role: "application",
        "aria-label": "Hidden states of the unrolled network. Left and right arrow: step. Up and down arrow: unit.",
      }, this.drawing);
      this.picker = html("select", {}, ...traces.map((t, i) => html("option", { value: i }, t.sentence)));
      const button = (cls, label, name) => html("button", { type: "button", class: cls, "aria-label": label }, icon(name));
      this.back = button("back", "Step back", "back");
      this.player = button("play", "Play", "play");
      this.next = button("next", "Step forward", "next");
      this.range = html("input", { type: "range", min: 0, step: 1 });
      this.count = html("span", { class: "count", "aria-hidden": "true" });
      this.status = html("p", { class: "status", role: "status" });
      this.readout = html("p", { class: "readout", "aria-live": "polite" });
      const pick = html("label", {}, "Sentence", this.picker);
      pick.hidden = traces.length < 2;
      if (pick.hidden) pick.style.display = "none";
      const legend = html("span", { class: "legend", role: "img", "aria-label": "Colours and marks: blue and left for minus 1, orange and right for 1" },
        "\u22121", html("i"), "1");
      this.attachShadow({ mode: "open" }).append(
        html("style", {}, CSS),
        html("div", { class: "stage" }, this.fold, this.chain),
        html("div", { class: "controls" }, pick, html("span", { class: "buttons" }, this.back, this.player, this.next),
          html("label", { class: "slide" }, html("span", { class: "sr" }, "Step"), this.range), this.count),
        html("div", { class: "words" }, this.status, html("div", { class: "line" }, this.readout, legend)), html("slot", { name: "numbers" }));
      this.listen();
    }

    listen() {
      this.back.addEventListener("click", () => this.go(this.t - 1));
      this.next.addEventListener("click", () => this.go(this.t + 1));
      this.player.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
      this.range.addEventListener("input", () => this.go(Number(this.range.value)));
      this.picker.addEventListener("change", () => {
        const ended = this.t === this.T;
        this.pause();
        this.which = Number(this.picker.value);
        this.t = ended ? this.T : Math.min(this.t, this.T);
        this.draw();
      });
      this.chain.addEventListener("keydown", (event) => this.key(event));
      this.chain.addEventListener("pointermove", (event) => this.point(event));
      this.chain.addEventListener("pointerleave", () => this.read(this.t, this.unit));
      this.chain.addEventListener("click", (event) => {
        const { t, unit } = this.at(event);
        if (unit !== null) this.unit = unit;
        this.go(t);
      });
    }

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { units } = this.trace, row = units.indexOf(this.unit), last = units.length - 1;
      const steps = { ArrowLeft: this.t - 1, ArrowRight: this.t + 1, Home: 0, End: this.T };
      const rows = { ArrowUp: row < 0 ? last : Math.max(0, row - 1), ArrowDown: Math.min(last, row + 1) };
      if (event.key in steps) this.go(steps[event.key]);
      else if (event.key in rows) this.choose(units[rows[event.key]]);
      else if (event.key === "Escape" && this.unit !== null) this.choose(null);
      else return;
      event.preventDefault();
    }

    /* Which step and unit lie under the pointer. */
    at(event) {
      const box = this.drawing.getBoundingClientRect();
      const t = Math.floor((event.clientX - box.left - this.first) / this.column) + 1;
      const row = Math.floor(((event.clientY - box.top - this.mapTop) / MAP) * this.trace.units.length);
      return { t: Math.max(0, Math.min(this.T, t)), unit: this.trace.units[row] ?? null };
    }

    point(event) {
      const { t, unit } = this.at(event);
      if (unit === null || t > this.t) this.read(this.t, this.unit);
      else this.read(t, unit);
    }

    choose(unit) {
      this.unit = unit;
      this.mark();
      this.read(this.t, unit);
    }

    go(t) {
      this.pause();
      this.set(Math.max(0, Math.min(this.T, t)));
    }

    set(t) {
      this.t = t;
      this.update();
    }

    play() {
      if (this.t === this.T) this.set(0);
      this.timer = setInterval(() => {
        this.set(this.t + 1);
        if (this.t === this.T) this.pause();
      }, SECONDS * 1000);
      this.player.replaceChildren(icon("pause"));
      this.player.setAttribute("aria-label", "Pause");
    }

    pause() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = null;
      this.player.replaceChildren(icon("play"));
      this.player.setAttribute("aria-label", "Play");
    }

    layout() {
      const width = Math.floor(this.clientWidth);
      if (!width || width === this.width) return;
      this.width = width;
      this.narrow = width < 560;
      this.toggleAttribute("narrow", this.narrow);
      this.draw();
    }

    /* Width in px of the longest of some words, in the bold letters of the page. */
    widest(words, size) {
      const canvas = (RnnUnroll.canvas ??= document.createElement("canvas").getContext("2d"));
      canvas.font = `600 ${size}px ${getComputedStyle(this).fontFamily}`;
      return Math.max(...words.map((word) => canvas.measureText(word).width));
    }

    /* Where the column of step t begins. */
    left(t) { return t === 0 ? 0 : this.first + (t - 1) * this.column; }

    /* Draw everything that does not depend on the step, then show the step. */
    draw() {
      const { tokens, labels } = this.trace, K = Math.max(...this.data.traces.map((t) => t.labels.length));
      const size = this.narrow ? 11 : 12;
      this.foldLeft = this.narrow ? 20 : Math.max(66, Math.ceil(this.widest(labels, size)) + 8);
      const foldWidth = this.narrow ? 86 : this.foldLeft + 120;
      const least = Math.max(46, this.widest(labels, size) + 5, this.widest(tokens, 13) + 16);
      const share = this.narrow ? 0.55 : 0.8;                              // the width of h_0, in columns
      this.column = Math.max(least, Math.min(116, (this.width - foldWidth) / (this.T + share)));
      this.first = share * this.column;
      this.cell = this.column - 22;
      this.barTop = TOP + BAR * (K - labels.length);
      this.mapTop = TOP + BAR * K + GAP;
      this.wordTop = this.mapTop + MAP + GAP;
      const height = this.wordTop + WORD + FOOT, width = Math.ceil(this.left(this.T + 1));
      for (const [node, w] of [[this.fold, foldWidth], [this.drawing, width]]) {
        node.setAttribute("width", w);
        node.setAttribute("height", height);
        node.setAttribute("viewBox", `0 0 ${w} ${height}`);
      }
      this.fold.style.flex = "none";
      this.steps = [0, ...tokens.keys()].map((_, t) => this.drawStep(t));
      this.band = svg("rect", { class: "band", x: 1, width: width - 2, rx: 2 });
      this.most = svg("path", { class: "most" });
      this.drawing.replaceChildren(
        ...this.steps, this.most, this.band, text(2, height - 5, this.narrow ? "unrolled" : "unrolled: the same cell at every step", "small", "start"));
      this.range.max = this.T;
      this.update();
    }

    drawStep(t) {
      const x = this.left(t) + (t === 0 ? 4 : 11), cell = t === 0 ? this.first - 15 : this.cell;
      const mid = x + cell / 2, middle = this.mapTop + MAP / 2, below = this.mapTop + MAP;
      const group = svg("g", {});
      if (t > 0) group.append(arrow(x - 20, middle, x - 3, middle));
      group.append(this.drawState(t, x, cell));
      if (t === 0) {
        group.append(math(mid, this.mapTop - 8, "h", 0));
        return group;
      }
      const word = this.trace.tokens[t - 1];
      group.append(
        arrow(mid, this.wordTop - 1, mid, below + 3), math(mid - 6, this.wordTop - 7, "x", t, "end"),
        svg("rect", { class: "box", x: x - 7, y: this.wordTop, width: cell + 14, height: WORD, rx: 6 }),
        text(mid, this.wordTop + 18, word, "word"),
        svg("g", { class: "made" }, arrow(mid, this.mapTop - 3, mid, this.mapTop - 20), math(mid - 6, this.mapTop - 8, "h", t, "end"),
          this.drawPrediction(this.trace.p[t - 1], x, cell)));
      return group;
    }

    drawState(t, x, width) {
      const { units } = this.trace, row = MAP / units.length, h = this.state(t);
      const cells = svg("g", { class: "cells" });
      units.forEach((u, r) => {
        const y = this.mapTop + r * row;
        cells.append(svg("rect", { x, y, width, height: row - 1, style: colour(h[u]), "data-unit": u, "data-value": h[u] }));
        cells.append(svg("rect", { class: "tick", x: x + width / 2 + h[u] * (width / 2 - 3) - 1, y: y + 1, width: 2, height: Math.max(1, row - 3) }));
      });
      return svg("g", {}, cells, svg("rect", { class: "edge", x: x - 1.5, y: this.mapTop - 1.5, width: width + 3, height: MAP + 2, rx: 3 }));
    }

    drawPrediction(p, x, width) {
      const group = svg("g", {}, text(x + width / 2, this.barTop - 8, this.trace.labels[best(p)], "best"));
      p.forEach((value, k) => group.append(...this.bar(p, k, x, width)));
      return group;
    }

    bar(p, k, x, width) {
      const y = this.barTop + BAR * k + 1, height = BAR - 4;
      return [
        svg("rect", { class: "track", x, y, width, height, rx: 2 }),
        svg("rect", { class: k === best(p) ? "share win" : "share", x, y, width: p[k] * width, height, rx: 2, "data-share": p[k] }),
      ];
    }

    /* The folded network at step t: the same cell, with its state going round. */
    drawFold() {
      const { labels, p, tokens, units } = this.trace, t = this.t;
      const x = this.foldLeft, width = this.narrow ? 30 : 52, mid = x + width / 2, middle = this.mapTop + MAP / 2;
      const right = x + width, loop = this.narrow ? 20 : 30, below = this.mapTop + MAP, parts = [];
      labels.forEach((label, k) => {
        const y = this.barTop + BAR * k + 9;
        parts.push(this.narrow ? text(80, y, label, "small tiny", "end") : text(x - 6, y, label, "small", "end"));
        if (t > 0 && !this.narrow) parts.push(...this.bar(p[t - 1], k, x, width), text(x + 94, y, `${percent(p[t - 1][k])} %`, "small", "end"));
      });
      parts.push(
        arrow(mid, this.wordTop - 1, mid, below + 3), math(mid + 6, this.wordTop - 6, "W", "xh", "start"),
        arrow(mid, this.mapTop - 3, mid, this.mapTop - 20), math(mid + 6, this.mapTop - 8, "W", "hy", "start"),
        svg("path", { class: "wire", d: `M${right + 2} ${middle - 26}h${loop - 12}q10 0 10 10v32q0 10 -10 10h${-loop + 18}` }),
        svg("path", { class: "head", d: `M${right + 3} ${middle + 26}l5 -3v6Z` }),
        this.narrow ? math(right + 3, middle - 34, "W", "hh", "start") : math(right + loop + 3, middle + 4, "W", "hh", "start"),
        this.drawState(t, x, width),
        svg("rect", { class: "box", x: this.narrow ? 2 : x - 14, y: this.wordTop, width: this.narrow ? 70 : width + 28, height: WORD, rx: 6 }),
        text(this.narrow ? 37 : mid, this.wordTop + 18, t > 0 ? tokens[t - 1] : "", "word"),
        text(this.narrow ? 2 : mid, this.wordTop + WORD + FOOT - 5, "folded", "small", this.narrow ? "start" : "middle"));
      if (!this.narrow) parts.push(math(x - 8, middle - 2, "h", t > 0 ? "t" : 0, "end"), text(x - 8, middle + 16, `${units.length} units`, "small", "end"));
      this.fold.replaceChildren(svg("g", { class: "now" }, ...parts));
    }

    update() {
      const { t, T } = this;
      this.steps.forEach((step, i) => step.setAttribute("class", i > t ? "step off" : i === t ? "step now" : "step"));
      this.drawFold();
      this.mark();
      this.range.value = t;
      this.range.setAttribute("aria-valuetext", t ? `${t} of ${T}, after “${this.trace.tokens[t - 1]}”` : `0 of ${T}, before the first word`);
      this.count.textContent = `${t} / ${T}`;
      this.back.setAttribute("aria-disabled", t === 0);
      this.next.setAttribute("aria-disabled", t === T);
      this.status.textContent = this.sentence();
      this.read(t, this.unit);
      this.reveal();
    }

    /* The unit that changed most at this step. */
    changed() {
      const before = this.state(this.t - 1), after = this.state(this.t);
      const change = after.map((value, u) => Math.round(100 * Math.abs(value - before[u])));
      return change.indexOf(Math.max(...change));
    }

    sentence() {
      const { t, T } = this, { tokens, labels, p } = this.trace;
      if (t === 0) {
        const zero = this.state(0).every((value) => value === 0);
        return `Step 0 of ${T}, before the first word: ${zero ? "every unit is 0." : "the initial state."}`;
      }
      const k = best(p[t - 1]), u = this.changed();
      return `Step ${t} of ${T}, after “${tokens[t - 1]}”: ${labels[k]} ${percent(p[t - 1][k])} percent. ` +
        `Unit ${u} changed most, from ${number(this.state(t - 1)[u])} to ${number(this.state(t)[u])}.`;
    }

    read(t, unit) {
      const where = (s) => (s === 0 ? "before the first word" : `after “${this.trace.tokens[s - 1]}”`);
      let words = this.narrow ? "Tap a unit for its value." : "Point at a unit, or use the arrow keys, for its value.";
      if (unit !== null) {
        words = `Unit ${unit} ${where(t)}: ${number(this.state(t)[unit])}`;
        if (t > 0) words += `, was ${number(this.state(t - 1)[unit])}`;
      }
      if (this.readout.textContent !== words) this.readout.textContent = words;
    }

    mark() {
      const { units } = this.trace, row = MAP / units.length;
      const chosen = units.indexOf(this.unit);
      this.band.style.display = chosen < 0 ? "none" : "";
      if (chosen >= 0) {
        this.band.setAttribute("y", this.mapTop + chosen * row - 1);
        this.band.setAttribute("height", row + 1);
      }
      this.most.style.display = this.t ? "" : "none";
      if (this.t) {
        const x = this.left(this.t) + 11 + this.cell + 3, y = this.mapTop + (units.indexOf(this.changed()) + 0.5) * row - 0.5;
        this.most.setAttribute("d", `M${x} ${y}l7 -4.5v9Z`);
      }
    }

    /* Keep the current column in view where the chain is wider than its box. */
    reveal() {
      const left = this.left(Math.max(0, this.t - 1)), right = this.left(this.t + 1), box = this.chain;
      if (left < box.scrollLeft) box.scrollLeft = left;
      else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
    }
  }

  if (!customElements.get("rnn-unroll")) customElements.define("rnn-unroll", RnnUnroll);
})();
