// For supervisors: corrections that officers have signed and that need a second key.

import * as api from "./api.js";
import { bdi } from "./details.js";
import { el } from "./dom.js";
import { clockTime, day } from "./words.js";

/** The page; fills itself once the server has told what waits. */
export function claimsPage(_told, confirm) {
  const list = el("div", { class: "claims" }, el("p", { class: "quiet" }, "Asking …"));
  api.claims().then(
    (claims) => list.replaceChildren(...(claims.length === 0 ? [el("p", {}, "None waits.")] : claims.map((one) => claim(one, confirm)))),
    (error) => list.replaceChildren(el("p", { class: "problem" }, error.message)),
  );
  return el("section", { class: "page claims-page" }, el("h2", {}, "Corrections that wait"), el("p", {}, "A driver whose plate was taken for a listed one is kept from it happening again. It takes two: the officer who read the plate, and you."), list);
}

function claim(one, confirm) {
  return el(
    "article",
    { class: "claim" },
    el("h3", {}, el("span", { class: "mono" }, bdi(one.text)), " was taken for ", el("span", { class: "mono" }, bdi(one.plate))),
    el("p", {}, bdi(one.reason)),
    el("p", { class: "quiet" }, "by ", bdi(one.officer), ` at ${clockTime(one.made)}, until ${day(one.until)}; entry `, bdi(one.entry_id), " of ", bdi(one.owner)),
    one.refused
      ? el("p", { class: "problem" }, bdi(one.refused))
      : el("button", { type: "button", id: `claim-${one.number}`, class: "single go", on: { click: () => confirm(one.number) } }, "Confirm"),
  );
}
