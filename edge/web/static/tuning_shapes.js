// Shapes on the picture: points are fractions of it. Nothing here touches the page. What counts is
// judged as the line judges it, for a preview; whether a shape may stand is the unit's own answer.

export const KINDS = ["interest", "ignore", "direction"];
export const SENSES = ["approach", "leave", "both"];
const CLEAR = 0.5; // plate widths along the line from which on the way is known
const GROWTH = 0.14; // change of log width
const DIGITS = 1e4;

/** Return the shapes of a unit that looks everywhere. */
export function none() {
  return { interest: [], ignore: [], direction: [], sense: "both" };
}

/** Return a copy that shares nothing. */
export function copy(shapes) {
  return JSON.parse(JSON.stringify(shapes));
}

/** Return a fraction that lies in the picture, as fine as settings keep it. */
export function kept(value) {
  return Math.round(Math.min(Math.max(value, 0), 1) * DIGITS) / DIGITS;
}

/** Return the corners of one shape, which may be changed in place. */
export function corners(shapes, { kind, at }) {
  return kind === "direction" ? shapes.direction : (shapes[kind][at] ?? []);
}

/** Return every shape that is drawn, as {kind, at}. */
export function all(shapes) {
  const found = ["interest", "ignore"].flatMap((kind) => shapes[kind].map((_, at) => ({ kind, at })));
  return shapes.direction.length ? [...found, { kind: "direction", at: 0 }] : found;
}

/** Return shapes with one more; a direction line takes the place of another. */
export function added(shapes, kind, points) {
  const after = copy(shapes);
  if (kind === "direction") after.direction = points;
  else after[kind].push(points);
  return after;
}

/** Return shapes without one; without a direction line all cars count. */
export function without(shapes, { kind, at }) {
  const after = copy(shapes);
  if (kind === "direction") Object.assign(after, { direction: [], sense: "both" });
  else after[kind].splice(at, 1);
  return after;
}

/** Return shapes with one corner at another place. */
export function moved(shapes, shape, corner, [x, y]) {
  const after = copy(shapes);
  corners(after, shape)[corner] = [kept(x), kept(y)];
  return after;
}

/** Return shapes with all corners of one shape moved alike, as far as the picture's edges let them. */
export function shifted(shapes, shape, across, down) {
  const after = copy(shapes);
  const points = corners(after, shape);
  const fit = (by, values) => Math.min(Math.max(by, -Math.min(...values)), 1 - Math.max(...values));
  const dx = fit(across, points.map(([x]) => x));
  const dy = fit(down, points.map(([, y]) => y));
  points.forEach((point) => { [point[0], point[1]] = [kept(point[0] + dx), kept(point[1] + dy)]; });
  return after;
}

/** Return shapes with a corner between one and the next. */
export function inserted(shapes, shape, corner) {
  const after = copy(shapes);
  const points = corners(after, shape);
  const [[x1, y1], [x2, y2]] = [points[corner], points[(corner + 1) % points.length]];
  points.splice(corner + 1, 0, [kept((x1 + x2) / 2), kept((y1 + y2) / 2)]);
  return after;
}

/** Return shapes without one corner; null where too few would be left. */
export function deleted(shapes, shape, corner) {
  if (shape.kind === "direction" || corners(shapes, shape).length <= 3) return null;
  const after = copy(shapes);
  corners(after, shape).splice(corner, 1);
  return after;
}

/** Return a square around the middle, a little aside for each that there is. */
export function square(number) {
  const aside = 0.03 * (number % 6);
  return [[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]].map(([x, y]) => [kept(x + aside), kept(y + aside)]);
}

/** Say whether a point lies in a polygon, by the even-odd rule. */
export function inside([x, y], polygon) {
  let odd = false;
  polygon.forEach(([x1, y1], index) => {
    const [x2, y2] = polygon[(index + 1) % polygon.length];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) odd = !odd;
  });
  return odd;
}

/** Say whether a plate whose centre lies at a point counts. */
export function counts(shapes, point) {
  const among = !shapes.interest.length || shapes.interest.some((one) => inside(point, one));
  return among && !shapes.ignore.some((one) => inside(point, one));
}

/** Say how a pass goes by the direction line: "counts", "wrong direction" or "open". */
export function way(shapes, first, last, wide, high) {
  if (shapes.sense === "both" || !shapes.direction.length) return "counts";
  const [[x1, y1], [x2, y2]] = shapes.direction;
  const [across, down] = [(x2 - x1) * wide, (y2 - y1) * high];
  const [from, to] = [first, last].map(([a, b, c, d]) => [(a + c) / 2, (b + d) / 2]);
  const [before, after] = [first, last].map(([a, , c]) => Math.max(c - a, 1));
  let along = ((to[0] - from[0]) * across + (to[1] - from[1]) * down) / Math.hypot(across, down) / after;
  if (Math.abs(along) < CLEAR) {
    const growth = Math.log(after / before);
    along = Math.abs(growth) >= GROWTH ? growth : 0;
  }
  if (along === 0) return "open";
  return along > 0 === (shapes.sense === "approach") ? "counts" : "wrong direction";
}

/** What was drawn, step by step; a *tag* joins steps of one movement, as of a held key. */
export class Past {
  constructor(shapes) {
    this.begin(shapes);
  }

  /** Forget all steps. */
  begin(shapes) {
    Object.assign(this, { now: copy(shapes), before: [], after: [], tag: "" });
  }

  take(shapes, tag = "") {
    if (!tag || tag !== this.tag) this.before.push(this.now);
    Object.assign(this, { now: copy(shapes), after: [], tag });
  }

  undo() {
    return this.#step(this.before, this.after);
  }

  redo() {
    return this.#step(this.after, this.before);
  }

  #step(from, into) {
    if (!from.length) return false;
    into.push(this.now);
    Object.assign(this, { now: from.pop(), tag: "" });
    return true;
  }
}

/** Plates and passes that this page has seen in the last minute: where, never what they are. */
export class Minute {
  constructor(keep_ms) {
    this.keep_ms = keep_ms;
    this.clear();
  }

  clear() {
    Object.assign(this, { plates: [], passes: new Map(), number: 0, wide: 1, high: 1 });
  }

  take(look, now) {
    if (look.number <= this.number) return; // stepped back: it was taken when it was new
    Object.assign(this, { number: look.number, wide: look.wide, high: look.high });
    for (const { corners: points } of look.plates) {
      const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
      const middle = (values, size) => (Math.min(...values) + Math.max(...values)) / 2 / size;
      this.plates.push({ at: now, point: [middle(xs, look.wide), middle(ys, look.high)] });
    }
    for (const { number, box } of look.tracks) {
      const pass = this.passes.get(number) ?? { first: box };
      this.passes.set(number, { first: pass.first, last: box, at: now });
    }
    this.plates = this.plates.filter((one) => now - one.at < this.keep_ms);
    for (const [number, pass] of this.passes) if (now - pass.at >= this.keep_ms) this.passes.delete(number);
  }

  /** Return how many plates and passes count by *shapes*, and how many there are. */
  judged(shapes) {
    const plates = this.plates.filter((one) => counts(shapes, one.point)).length;
    const ways = [...this.passes.values()].map((one) => way(shapes, one.first, one.last, this.wide, this.high));
    const wrong = ways.filter((one) => one === "wrong direction").length;
    return { plates: this.plates.length, count: plates, passes: ways.length, wrong };
  }
}
