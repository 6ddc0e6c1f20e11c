/* <io-shapes>: the five ways in which sequences enter and leave an RNN, one at a time. The data is the JSON inside the
   element (see rnnbook/figures/shapes.py); without this script the element shows a picture and a table of all of them. */
(() => {
  "use strict";
  const CSS = `
:host { display: block; --ink: var(--pst-color-text-base, #222832); --muted: var(--pst-color-text-muted, #48566b);
  --line: var(--pst-color-border, #c3c9d1); --paper: var(--pst-color-background, #fff);
  --surface: var(--pst-color-surface, #f3f4f5); --accent: var(--pst-color-primary, #0a7d91);
  --second: var(--rnn-above, #d9630f); color: var(--ink); line-height: 1.4; font-family: var(--pst-font-family-heading, inherit); }
* { box-sizing: border-box; }
fieldset { border: 0; margin: 0; padding: 0; }
legend { font-size: .875rem; line-height: 1.4; padding: 0; margin-bottom: .35rem; }
.choices { display: grid; grid-template-columns: repeat(3, 1fr); grid-auto-rows: 2.75rem; gap: .4rem; }
.choices label { display: flex; align-items: center; gap: .5rem; padding: 0 .6rem; cursor: pointer; font-size: .875rem; line-height: 1.2;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
.choices label:hover { border-color: var(--ink); }
.choices label:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); background: var(--surface); }
.choices label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
input { accent-color: var(--accent); margin: 0; outline: none; flex: none; }
svg { display: block; width: 100%; height: 232px; font-size: 14px; fill: var(--ink); margin: .5rem 0; }
.math { font-family: KaTeX_Math, "STIX Two Text", Georgia, serif; font-style: italic; font-size: 16px; }
.sub { font-size: 72%; }
.upright { font-family: KaTeX_Main, "STIX Two Text", Georgia, serif; font-style: normal; }
.small { font-size: 12px; fill: var(--muted); }
.cell { fill: var(--surface); stroke: var(--accent); stroke-width: 2; }
.cell.decoder { fill: var(--paper); stroke: var(--second); stroke-dasharray: 6 3; }
.wire { stroke: var(--muted); stroke-width: 1.5; fill: none; }
.head { fill: var(--muted); }
.feed .wire { stroke: var(--second); stroke-dasharray: 3 3; } .feed .head { fill: var(--second); }
.fed { font-style: italic; }
p { margin: 0; font-size: .9375rem; }
.status { min-height: 5.6em; }
.arrays { font-family: var(--pst-font-family-monospace, monospace); font-size: .875rem; }
:host([narrow]) .status { min-height: 8.4em; }
:host([narrow]) .choices { grid-template-columns: repeat(2, 1fr); grid-auto-rows: 3.4rem; }
@media (forced-colors: active) { .cell { stroke: CanvasText; } }
`;
  const GAP = 72, CELL = 42, OUT = 40, TOP = 84, IN = 186;        // px: columns, cells, base lines of outputs and inputs

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
    node.append(svg("tspan", { dy: 4, class: Number.isInteger(sub) ? "sub upright" : "sub" }, sub));
    return node;
  };
  const arrow = (x1, y1, x2, y2, cls = "") => {
    const l = Math.hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / l, uy = (y2 - y1) / l, bx = x2 - 6 * ux, by = y2 - 6 * uy;
    return svg("g", { class: cls },
      svg("path", { class: "wire", d: `M${x1} ${y1}L${bx} ${by}` }),
      svg("path", { class: "head", d: `M${x2} ${y2}L${bx - 3.5 * uy} ${by + 3.5 * ux}L${bx + 3.5 * uy} ${by - 3.5 * ux}Z` }));
  };
  let count = 0;

  class IoShapes extends HTMLElement {
    connectedCallback() {
      if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", () => this.upgrade(), { once: true });
      } else this.upgrade();
    }

    disconnectedCallback() {
      this.observer?.disconnect();
    }

    upgrade() {
      if (!this.isConnected) return;
      if (!this.shadowRoot) {
        const source = this.querySelector('script[type="application/json"]');
        if (!source) return;                                  // the picture and the table stay
        this.shapes = JSON.parse(source.textContent).shapes;
        this.build();
      }
      this.observer = new ResizeObserver(() => this.layout());
      this.observer.observe(this);
      this.layout();
    }

    build() {
      const name = `io-shape-${count++}`, choices = html("div", { class: "choices" });
      this.which = 0;
      this.shapes.forEach((shape, i) => {
        const radio = html("input", { type: "radio", name, value: shape.key });
        radio.checked = i === this.which;
        radio.addEventListener("change", () => {
          this.which = i;
          this.draw();
        });
        choices.append(html("label", {}, radio, shape.name));
      });
      this.drawing = svg("svg", { "aria-hidden": "true" });
      this.task = html("span");
      this.arrays = html("span", { class: "arrays" });
      const status = html("p", { class: "status", role: "status" }, this.task, html("br"), this.arrays);
      this.attachShadow({ mode: "open" }).append(
        html("style", {}, CSS), html("fieldset", {}, html("legend", {}, "Shape"), choices),
        this.drawing, status, html("slot", { name: "numbers" }));
    }

    layout() {
      const width = Math.floor(this.clientWidth);
      if (!width || width === this.width) return;
      this.width = width;
      this.toggleAttribute("narrow", width < 560);
      this.draw();
    }

    draw() {
      const shape = this.shapes[this.which], { steps } = shape, n = steps.length;
      const gap = Math.min(GAP + 12, (this.width - 8) / n), cell = Math.min(CELL, gap - 20);
      const start = this.width / 2 - ((n - 1) * gap) / 2, parts = [];
      const first = steps.findIndex((step) => step.part === "decoder");
      steps.forEach((step, i) => parts.push(...this.drawStep(step, i, first, start + i * gap, gap, cell)));
      if (first > 0) {
        parts.push(text(start + ((first - 1) * gap) / 2, IN + 34, "encoder", "small"),
          text(start + ((first + n - 1) * gap) / 2, IN + 34, "decoder", "small"));
      }
      this.drawing.setAttribute("viewBox", `0 0 ${this.width} 232`);
      this.drawing.replaceChildren(...parts);
      this.task.textContent = shape.task;
      this.arrays.textContent = shape.arrays.map(([name, size]) => `${name} ${size}`).join(" \u2192 ");
    }

    drawStep(step, i, first, x, gap, cell) {
      const middle = TOP + CELL / 2, parts = [], writes = step.part === "decoder";
      if (i > 0) parts.push(arrow(x - gap + cell / 2 + 2, middle, x - cell / 2 - 3, middle));
      if (i === 1) parts.push(math(x - gap / 2 + 2, gap < 80 ? TOP - 8 : middle - 10, "W", "hh"));
      parts.push(
        svg("rect", { class: writes ? "cell decoder" : "cell", x: x - cell / 2, y: TOP, width: cell, height: CELL, rx: 9 }),
        math(x, middle + 4, "h", first >= 0 && i >= first ? i - first + 1 : i + 1));
      if ("x" in step) {
        parts.push(arrow(x, IN - 17, x, TOP + CELL + 3), text(x, IN, step.x, step.feed ? "fed" : ""));
        if (i === 0) parts.push(math(x - 7, IN - 24, "W", "xh", "end"));
      }
      if ("y" in step) {
        parts.push(arrow(x, TOP - 2, x, OUT + 8), text(x, OUT, step.y));
        if (i === this.shapes[this.which].steps.findIndex((s) => "y" in s)) parts.push(math(x - 7, TOP - 14, "W", "hy", "end"));
      }
      if (step.feed) parts.push(arrow(x - gap + 14, OUT + 8, x - 15, IN - 16, "feed"));
      return parts;
    }
  }

  if (!customElements.get("io-shapes")) customElements.define("io-shapes", IoShapes);
})();
