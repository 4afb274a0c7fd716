// The drawing itself: shapes, handles and where plates were, in pixels of the frame over the picture.

import { arrowhead } from "./tuning_draw.js";
import { all, corners, counts } from "./tuning_shapes.js";

const SVG = "http://www.w3.org/2000/svg";
const TOUCH_PX = 23; // around a corner: a finger needs 44 across
const WORD_PX = 14;
export const NAMES = { interest: "Region", ignore: "Ignore", direction: "Direction line" };

export function nameOf({ kind, at }) {
  return kind === "direction" ? NAMES.direction : `${NAMES[kind]} ${at + 1}`;
}

function percent(value) {
  return `${Math.round(value * 100)} %`;
}

/** Return where a corner lies, in words. */
export function placeOf([x, y]) {
  return `${percent(x)} across, ${percent(y)} down`;
}

function made(name, attributes, words) {
  const one = document.createElementNS(SVG, name);
  set(one, attributes);
  if (words !== undefined) one.textContent = words;
  return one;
}

function set(one, attributes) {
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
}

/** Draws over the picture; says by `at` what lies under a point of the screen. */
export class Drawing {
  constructor(stage) {
    this.svg = made("svg", { id: "drawing", role: "group", "aria-label": "Zones on the picture", tabindex: "-1" });
    const hatch = made("pattern", { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    hatch.append(made("rect", { width: 3, height: 8 }));
    const defs = made("defs", {});
    defs.append(hatch);
    this.groups = Object.fromEntries(["fills", "dots", "middles", "handles"].map((name) => [name, made("g", { class: name })]));
    this.svg.append(defs, ...Object.values(this.groups));
    this.handles = new Map();
    this.size = [1, 1];
    stage.append(this.svg);
  }

  /** Draw everything. *state* has shapes, chosen {kind, at, corner}, flawed, placing (points) and wide, high. */
  draw(state) {
    const { wide, high } = state;
    this.size = [wide, high];
    this.scale = wide / (this.svg.clientWidth || wide);
    set(this.svg, { viewBox: `0 0 ${wide} ${high}`, "font-size": WORD_PX * this.scale, class: state.placing ? "placing" : "" });
    set(this.svg.querySelector("#hatch"), { patternTransform: `scale(${this.scale}) rotate(45)` });
    this.groups.fills.replaceChildren(...all(state.shapes).flatMap((shape) => this.#shape(state, shape)), ...this.#placing(state));
    this.#handles(state);
    this.choose(state);
  }

  /** Mark what is chosen, without touching the handles' places. */
  choose({ shapes, chosen }) {
    const key = chosen ? `${chosen.kind}-${chosen.at}-${chosen.corner}` : "";
    for (const [name, handle] of this.handles) handle.classList.toggle("chosen", name === key);
    const middles = chosen && chosen.kind !== "direction" ? this.#middles(corners(shapes, chosen)) : [];
    this.groups.middles.replaceChildren(...middles);
  }

  /** Draw where plates were: a ring counts, a cross does not. */
  dots(plates, shapes) {
    const size = 4 * this.scale;
    const marks = plates.map(({ point: [x, y] }) => {
      const [px, py] = [x * this.size[0], y * this.size[1]];
      if (counts(shapes, [x, y])) return made("circle", { class: "dot", cx: px, cy: py, r: size });
      return made("path", { class: "dot out", d: `M${px - size} ${py - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}` });
    });
    this.groups.dots.replaceChildren(...marks);
  }

  /** Put the keyboard on a corner. */
  focus({ kind, at, corner }) {
    this.handles.get(`${kind}-${at}-${corner}`)?.focus({ preventScroll: true });
  }

  /** Return a point of the screen as fractions of the picture, whatever its size on the screen. */
  point({ clientX, clientY }) {
    const box = this.svg.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  /** Return how far two points lie apart, in pixels of the screen. */
  apart([x1, y1], [x2, y2]) {
    const box = this.svg.getBoundingClientRect();
    return Math.hypot((x2 - x1) * box.width, (y2 - y1) * box.height);
  }

  #pixels([x, y]) {
    return [x * this.size[0], y * this.size[1]];
  }

  #shape({ shapes, chosen, flawed }, shape) {
    const points = corners(shapes, shape).map((point) => this.#pixels(point));
    const picked = chosen?.kind === shape.kind && chosen.at === shape.at ? " picked" : "";
    const wrong = flawed && flawed.kind === shape.kind && flawed.at === shape.at ? " flawed" : "";
    const look = `shape ${shape.kind}${picked}${wrong}`;
    const high = points.reduce((best, point) => (point[1] < best[1] ? point : best));
    if (shape.kind === "direction") {
      const [[x1, y1], [x2, y2]] = points;
      const sense = { approach: "cars that come count", leave: "cars that leave count", both: "both ways count" }[shapes.sense];
      return [made("line", { class: `${look} under`, x1, y1, x2, y2 }), made("line", { class: look, x1, y1, x2, y2 }), made("path", { class: `${look} head`, d: arrowhead(points, 26 * this.scale) }), this.#word(sense, high, 1.4)];
    }
    return [made("polygon", { class: look, points: points.map((point) => point.join(",")).join(" ") }), this.#word(nameOf(shape), high, 1.4)];
  }

  #word(words, [x, y], lines) {
    const size = WORD_PX * this.scale;
    const left = Math.min(Math.max(x - words.length * size * 0.28, size * 0.3), Math.max(this.size[0] - words.length * size * 0.6, 0));
    const down = y - size * lines < 0 ? y + size * (lines + 1) : y - size * lines * 0.7;
    return made("text", { class: "word", x: left, y: Math.min(down, this.size[1] - size * 0.3) }, words);
  }

  #placing({ placing }) {
    if (!placing) return [];
    const points = placing.map((point) => this.#pixels(point));
    const path = made("polyline", { class: "shape placing", points: points.map((point) => point.join(",")).join(" ") });
    return [path, ...points.map(([cx, cy], index) => made("circle", { class: index ? "knob" : "knob first", cx, cy, r: 8 * this.scale }))];
  }

  #handles({ shapes, placing }) {
    const wanted = placing ? [] : all(shapes).flatMap((shape) => corners(shapes, shape).map((point, corner) => ({ ...shape, corner, point })));
    const keys = wanted.map((one) => `${one.kind}-${one.at}-${one.corner}`);
    if (keys.join() !== [...this.handles.keys()].join()) {
      this.handles = new Map(keys.map((key, index) => [key, handle(wanted[index])]));
      this.groups.handles.replaceChildren(...this.handles.values());
    }
    wanted.forEach((one, index) => {
      const [x, y] = this.#pixels(one.point);
      const grip = this.handles.get(keys[index]);
      const ends = ["start", "end"];
      const which = one.kind === "direction" ? ends[one.corner] : `corner ${one.corner + 1} of ${corners(shapes, one).length}`;
      set(grip, { transform: `translate(${x} ${y}) scale(${this.scale})`, "aria-label": `${nameOf(one)}, ${which}, ${placeOf(one.point)}` });
    });
  }

  #middles(points) {
    return points.map((point, index) => {
      const next = points[(index + 1) % points.length];
      const [x, y] = this.#pixels([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2]);
      const one = made("g", { class: "middle", transform: `translate(${x} ${y}) scale(${this.scale})` });
      one.append(made("circle", { r: 7 }), made("path", { d: "M-4 0h8M0-4v8" }));
      return one;
    });
  }
}

function handle({ kind, at, corner }) {
  const grip = made("g", { class: `handle ${kind}`, tabindex: "0", role: "button", "data-kind": kind, "data-at": at, "data-corner": corner });
  grip.append(made("circle", { class: "touch", r: TOUCH_PX }), made("circle", { class: "knob", r: 8 }));
  return grip;
}
