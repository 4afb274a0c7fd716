// Elements from plain values. Text goes into text nodes only: no string here can become markup,
// and the page's policy (trusted types) would refuse it if one tried.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** An arrow that points *degrees* clockwise from north; null draws nothing. */
export function arrow(degrees, label) {
  if (degrees === null || degrees === undefined) return null;
  return svg(
    "svg",
    { viewBox: "-20 -20 40 40", class: "arrow", role: "img", "aria-label": label },
    svg("circle", { r: 18, class: "dial" }),
    svg("path", { d: "M0 -19V-15", class: "north" }),
    svg("path", { d: "M0 -13L8 11L0 6L-8 11Z", class: "hand", transform: `rotate(${Number(degrees)})` }),
  );
}

/** Replace what *place* holds with what *build* gives; whoever had the focus keeps it. */
export function refill(place, build) {
  const held = document.activeElement;
  const id = place.contains(held) ? held.id : "";
  const scrolled = place.scrollTop;
  place.replaceChildren(...[build()].flat(3).filter(Boolean));
  place.scrollTop = scrolled;
  if (!id) return;
  const again = document.getElementById(id);
  if (again) again.focus({ preventScroll: true });
  else place.focus({ preventScroll: true });
}
