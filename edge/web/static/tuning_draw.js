// What is drawn over the picture, and the lists beside it. Text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const WORD_PX = 15;
const WORD = { read: "read", unread: "not read", outside: "outside" };

/** Return an element with words or children in it. */
export function made(name, attributes = {}, ...inside) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.append(...inside);
  return one;
}

function drawn(name, attributes, words) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  if (words !== undefined) one.textContent = words;
  return one;
}

/** Draw zones, passes and plates over the picture; *chosen* is the plate that is aimed at. */
export function overlay(svg, look, zones, chosen) {
  const { wide, high } = look;
  const size = (WORD_PX * wide) / (svg.clientWidth || wide); // as large on a phone as on a desk
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("font-size", String(size));
  svg.replaceChildren();
  for (const kind of ["interest", "ignore"]) {
    for (const zone of zones?.[kind] ?? []) {
      const points = zone.map(([x, y]) => `${x * wide},${y * high}`).join(" ");
      svg.append(drawn("polygon", { points, class: `zone ${kind}` }));
    }
  }
  if (zones?.direction?.length) {
    const [[x1, y1], [x2, y2]] = zones.direction.map(([x, y]) => [x * wide, y * high]);
    svg.append(drawn("line", { x1, y1, x2, y2, class: "zone way" }), drawn("path", { d: arrowhead([[x1, y1], [x2, y2]], size * 1.5), class: "zone way" }));
  }
  for (const { box, number, direction } of look.tracks) {
    const [x1, y1, x2, y2] = box;
    svg.append(drawn("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: "track" }));
    word(svg, `pass ${number}, ${direction}`, x1, y2 + size * 1.1, look, size);
  }
  look.plates.forEach((plate, index) => plateOver(svg, plate, index === chosen, look, size));
}

/** Return the outline of an arrow's head at the second point, *size* long. */
export function arrowhead([[x1, y1], [x2, y2]], size) {
  const long = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [((x2 - x1) / long) * size, ((y2 - y1) / long) * size];
  const [tx, ty] = [x2 - ux * 0.35, y2 - uy * 0.35]; // its point stays clear of the handle
  return `M${tx} ${ty}L${tx - ux - uy * 0.5} ${ty - uy + ux * 0.5}L${tx - ux + uy * 0.5} ${ty - uy - ux * 0.5}Z`;
}

function word(svg, words, x, y, { wide, high }, size) {
  const left = Math.max(0, Math.min(x, wide - words.length * size * 0.62));
  const down = Math.max(size, Math.min(y, high - size * 0.3));
  svg.append(drawn("text", { x: left, y: down, class: "word" }, words));
}

function plateOver(svg, plate, chosen, look, size) {
  const points = plate.corners.map((point) => point.join(",")).join(" ");
  const mark = plate.aim?.colour ?? "none";
  svg.append(drawn("polygon", { points, class: `plate ${plate.state} ${mark}${chosen ? " chosen" : ""}` }));
  const [x, y] = plate.corners[0];
  word(svg, plate.text || WORD[plate.state], x, y - size * 0.4, look, size);
}

/** Return a list's row for one plate, with a bar for each character. */
export function plateRow(plate, chosen) {
  const head = made("strong", {}, plate.text || WORD[plate.state]);
  const row = made("li", chosen ? { class: "chosen" } : {}, head, ` ${told(plate)}`);
  if (plate.characters.length) {
    const bars = made("span", { class: "bars" });
    for (const { text, p } of plate.characters) {
      const level = p >= 0.9 ? "good" : p >= 0.6 ? "fair" : "poor";
      const bar = made("meter", { min: 0, max: 1, low: 0.6, high: 0.9, optimum: 1, value: p });
      bars.append(made("span", { class: `bar ${level}`, title: `${text} ${percent(p)}` }, bar, made("b", {}, text), made("small", {}, percent(p))));
    }
    row.append(bars);
  }
  return row;
}

function told(plate) {
  const parts = [];
  if (plate.state === "read") parts.push(`${percent(plate.p)} sure`);
  if (plate.jurisdiction) parts.push(plate.jurisdiction);
  if (plate.track !== null) parts.push(`pass ${plate.track}`);
  if (plate.own) parts.push("the test plate");
  if (plate.why) parts.push(plate.why);
  return parts.join(" · ");
}

/** Return a list's row for one pass. */
export function trackRow(track) {
  const head = made("strong", {}, `Pass ${track.number}`);
  const text = track.text ? ` ${track.text}, ${percent(track.p)} sure ·` : "";
  const reads = `${track.reads} read${track.reads === 1 ? "" : "s"}`;
  return made("li", {}, head, `${text} ${reads}, ${track.direction} · ${track.why}`);
}

/** Fill a definition list with pairs of words; a third is the row's class. */
export function pairs(list, rows) {
  list.replaceChildren(
    ...rows.map(([name, value, look]) => made("div", look ? { class: look } : {}, made("dt", {}, name), made("dd", {}, value))),
  );
}

/** Return one figure with its unit as people say it. */
export function figure(finding) {
  if (finding.value === null) return "not measured";
  const size = Math.abs(finding.value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${finding.value.toFixed(digits)} ${finding.unit}`;
}

export function percent(p) {
  return `${Math.round(p * 100)} %`;
}
