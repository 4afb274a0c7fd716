// Logging in, beside an alarm or instead of one.

import { el } from "./dom.js";

let kept = { made: "", form: null };

/**
 * A form of names and a password; *logIn* takes both and throws what went wrong. The same form
 * comes again when the page is drawn again: a password that is being typed stays.
 */
export function logInForm(officers, logIn, title) {
  const made = JSON.stringify([officers, title]);
  if (kept.made !== made) kept = { made, form: build(officers, logIn, title) };
  return kept.form;
}

function build(officers, logIn, title) {
  const names = el(
    "select",
    { id: "log-in-name", name: "username", autocomplete: "username", required: true, "aria-label": "Officer" },
    officers.map((name) => el("option", { value: name }, name)),
  );
  const password = el("input", {
    id: "log-in-password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    maxlength: 400,
    placeholder: "Password",
    "aria-label": "Password",
  });
  const problem = el("p", { class: "problem", role: "alert" });
  const button = el("button", { type: "submit", id: "log-in-send", class: "single go" }, "Log in");
  const send = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    problem.textContent = "";
    try {
      await logIn(names.value, password.value);
      password.value = "";
    } catch (error) {
      problem.textContent = error.message;
      password.select();
    } finally {
      button.disabled = false;
    }
  };
  if (officers.length === 0) {
    return el("p", { class: "log-in" }, "No officer’s key is on this console yet: a supervisor adds one.");
  }
  return el("form", { class: "log-in", "aria-label": title, on: { submit: send } }, names, password, button, problem);
}

/** The main area while nobody is logged in and nothing asks. */
export function logInPage(desk, logIn, left) {
  return el(
    "section",
    { class: "page log-in-page" },
    el("h2", {}, left ? "Locked" : "Log in"),
    el("p", {}, "Alarms are shown and heard all the same. Answering them, and every detail, needs an officer’s own password."),
    logInForm(desk.officers, logIn, "Log in"),
    el("p", { class: "quiet" }, "This console is ", el("bdi", {}, desk.state.console), "."),
  );
}
