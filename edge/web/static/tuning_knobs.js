// One setting as a slider with a box, a switch or a choice; all that it says comes from the schema.

import { made } from "./tuning_draw.js";

const STEPS = 1000;
const WIDE = 40; // a slider that reaches so many times its default is finer at its lower end

/** Return a value as TOML writes it. */
export function toml(value) {
  return JSON.stringify(value);
}

/** Return a value as people read it. */
export function shown(value) {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

/** The row of one setting; *changed* is called with its new value, or undefined once it is as in force. */
export class Knob {
  constructor(setting, changed) {
    this.setting = setting;
    this.changed = changed;
    this.value = setting.value;
    this.id = `set-${setting.path}`;
    this.bounds();
    this.build();
  }

  bounds() {
    const { low, high, value, default: usual } = this.setting;
    this.low = low ?? 0;
    const reach = Math.max(Math.abs(usual), Math.abs(value), 1) * 4;
    this.high = high ?? reach;
    const most = Math.max(Math.abs(usual), Math.abs(value));
    this.power = this.high > most * WIDE ? 4 : 1;
  }

  build() {
    const { path, sentence, kind, unit } = this.setting;
    this.meta = made("p", { class: "meta", id: `${this.id}-meta` });
    this.undo = made("button", { type: "button", class: "undo", "aria-label": `${path} as in force` }, "Undo");
    this.undo.addEventListener("click", () => this.take(this.setting.value));
    const name = made("label", { for: this.id }, path.split(".")[1].replaceAll("_", " "), made("small", {}, unit ? ` ${unit}` : ""), " ", made("code", {}, path));
    const tools = made("div", { class: "hand" }, ...this.controls(kind), this.undo);
    this.row = made("div", { class: "setting", "data-path": path }, name, tools, made("p", { class: "what", id: `${this.id}-what` }, sentence), this.meta);
    this.show();
  }

  controls(kind) {
    const about = { id: this.id, "aria-describedby": `${this.id}-what ${this.id}-meta` };
    if (kind === "switch") {
      this.box = made("select", about, made("option", { value: "true" }, "on"), made("option", { value: "false" }, "off"));
      this.box.addEventListener("change", () => this.take(this.box.value === "true"));
      return [this.box];
    }
    if (kind === "choice") {
      this.box = made("select", about, ...this.setting.choices.map((one) => made("option", { value: one }, one)));
      this.box.addEventListener("change", () => this.take(this.box.value));
      return [this.box];
    }
    if (kind === "text") {
      this.box = made("input", { ...about, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
      this.box.addEventListener("change", () => this.take(this.box.value));
      return [this.box];
    }
    return this.numbers(about, kind);
  }

  numbers(about, kind) {
    const { low, high, path } = this.setting;
    const limits = { ...(low === null ? {} : { min: low }), ...(high === null ? {} : { max: high }) };
    this.box = made("input", { ...about, type: "number", inputmode: "decimal", step: kind === "integer" ? 1 : "any", ...limits });
    this.slider = made("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${path}, slider`, "aria-describedby": `${this.id}-what` });
    this.slider.addEventListener("input", () => this.take(this.at(Number(this.slider.value))));
    this.box.addEventListener("input", () => {
      if (this.box.value !== "" && this.box.checkValidity()) this.take(Number(this.box.value), false);
    });
    this.box.addEventListener("change", () => {
      if (this.box.value === "" || !this.box.checkValidity()) this.wrong();
    });
    return [this.slider, this.box];
  }

  at(step) {
    const found = this.low + (this.high - this.low) * (step / STEPS) ** this.power;
    if (this.setting.kind === "integer") return Math.round(found);
    const size = Math.abs(found) || 1;
    const digits = this.high - this.low <= 1 ? 3 : Math.max(0, 2 - Math.floor(Math.log10(size)));
    const least = this.setting.above ? 1 : 0;
    return Math.max(Number(found.toFixed(Math.min(digits, 6))), this.low + least * 10 ** -Math.min(digits, 6));
  }

  place(value) {
    const share = Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low || 1)));
    return Math.round(share ** (1 / this.power) * STEPS);
  }

  /** Take a value; *write* it into the box as well, unless somebody types there. */
  take(value, write = true) {
    this.value = value;
    this.show(write);
    this.changed(this.setting.path, value === this.setting.value ? undefined : value);
  }

  wrong() {
    const { low, high } = this.setting;
    const between = low !== null && high !== null ? `${low} to ${high}` : `${low} or more`;
    this.box.setAttribute("aria-invalid", "true");
    this.meta.textContent = `This must be ${this.setting.kind === "integer" ? "a whole number, " : ""}${between}. ${shown(this.value)} stays.`;
  }

  show(write = true) {
    const { value, default: usual, file, restart, unit } = this.setting;
    const other = this.value !== value;
    this.row.classList.toggle("changed", other);
    this.undo.disabled = !other;
    this.box.removeAttribute("aria-invalid");
    if (write) this.box.value = String(this.value);
    if (this.slider) {
      this.slider.value = String(this.place(this.value));
      this.slider.setAttribute("aria-valuetext", `${shown(this.value)} ${unit}`);
    }
    const how = restart ? "after a restart of watch" : "between two frames";
    this.meta.textContent = `In force ${shown(value) || "none"}, from ${file}. Default ${shown(usual) || "none"}. Taken ${how}.`;
  }
}
