// A small map from local tiles: this car and the place of the alert. No tiles, no map.

import { el, svg } from "./dom.js";

const SIZE = 256;
const LARGEST = 16;
const SMALLEST = 10;

/** A map *width* by *height* pixels with both marks in it; *car* may be null. */
export function map(place, car, width, height) {
  const zoom = fitting(place, car, width, height);
  const [px, py] = pixel(place, zoom);
  const [cx, cy] = car ? pixel(car, zoom) : [px, py];
  const left = (px + cx) / 2 - width / 2;
  const top = (py + cy) / 2 - height / 2;
  const box = el("div", { class: "map", role: "img", "aria-label": "Map: the place of the alert and this car" });
  box.style.width = `${width}px`;
  box.style.height = `${height}px`;
  for (let x = Math.floor(left / SIZE); x * SIZE < left + width; x += 1) {
    for (let y = Math.floor(top / SIZE); y * SIZE < top + height; y += 1) {
      box.append(tile(zoom, x, y, x * SIZE - left, y * SIZE - top));
    }
  }
  const marks = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  if (car) marks.append(svg("circle", { cx: cx - left, cy: cy - top, r: 9, class: "own" }));
  marks.append(svg("path", { d: `M${px - left} ${py - top}l-11 -26h22z`, class: "theirs" }));
  box.append(marks);
  return box;
}

function tile(zoom, x, y, left, top) {
  const picture = el("img", { alt: "", src: `/tiles/${zoom}/${x}/${y}.png`, width: SIZE, height: SIZE });
  picture.addEventListener("error", () => picture.remove()); // none there: plain ground
  picture.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  return picture;
}

function fitting(place, car, width, height) {
  if (!car) return LARGEST - 1;
  for (let zoom = LARGEST; zoom > SMALLEST; zoom -= 1) {
    const [px, py] = pixel(place, zoom);
    const [cx, cy] = pixel(car, zoom);
    if (Math.abs(px - cx) < width * 0.7 && Math.abs(py - cy) < height * 0.6) return zoom;
  }
  return SMALLEST;
}

/** Web Mercator, in pixels from the north-west corner of the world. */
function pixel([latitude, longitude], zoom) {
  const world = SIZE * 2 ** zoom;
  const sine = Math.sin((Math.max(-85, Math.min(85, latitude)) * Math.PI) / 180);
  return [
    ((longitude + 180) / 360) * world,
    (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world,
  ];
}
