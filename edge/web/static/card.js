// One alert, large: the picture first and never covered, then the facts, then what is asked.

import { answers, bdi, checks, entry, gates, plates, reason } from "./details.js";
import { arrow, el } from "./dom.js";
import { logInForm } from "./login.js";
import { map } from "./map.js";
import { ANSWERS, clockTime, course, courseWords, distance, OUTCOMES, outcomeWord, point, span, STAGES, TONES } from "./words.js";

/**
 * The whole card. *desk* is what the server told; *acts* has answer, urgent, open, outcome, touch
 * and logIn, each taking the card first. *slim* is a wall's cell.
 */
export function cardView(card, desk, acts, slim = false) {
  const classes = ["card", `tone-${card.tone}`, `stage-${card.stage}`, slim ? "slim" : "", card.details ? "told" : ""];
  return el(
    "article",
    { class: classes.filter(Boolean).join(" "), "data-card": card.key, "data-number": card.number, "aria-label": spoken(card) },
    head(card),
    el("div", { class: "body" }, picture(card), facts(card, desk, slim), card.details && told(card, slim)),
    foot(card, desk, acts, slim),
  );
}

/** The card in one breath, for a screen reader. */
export function spoken(card) {
  const parts = [
    card.test ? "Test." : "",
    titleOf(card) + ".",
    card.caution ? "Caution." : "",
    `${card.place || "place not known"}, ${courseWords(card)}.`,
    card.distance_m === null ? "" : `${distance(card.distance_m)} ${card.bearing_deg === null ? "" : point(card.bearing_deg)} of you.`,
    card.question ? card.question.sentence : card.withdrawn,
  ];
  return parts.filter(Boolean).join(" ");
}

function titleOf(card) {
  if (card.tone === "alarm" || card.tone === "verify") return `${TONES[card.tone]}${answered(card)}`;
  if (card.tone === "retracted") return "Retracted: take no action";
  if (card.tone === "differs") return "You read it differently: no match";
  return card.late ? "Arrived late: history" : "History";
}

/** How this officer came past the question. */
function answered(card) {
  const own = card.answers.findLast((one) => one.own && (one.answer || one.urgent));
  if (card.stage !== "revealed" || !own) return "";
  if (own.agreed === true) return ": your read agrees";
  return own.urgent && !own.answer ? ": shown unasked" : ": you could not tell";
}

function head(card) {
  return el(
    "header",
    { class: "head" },
    el("h2", {}, card.tone === "retracted" && [el("s", {}, "Alert"), " "], titleOf(card)),
    card.test && el("span", { class: "tag test" }, "TEST"),
    card.caution && el("span", { class: "tag caution" }, "CAUTION"),
    card.seen_again > 0 && el("span", { class: "tag" }, `seen again ×${card.seen_again}`),
    card.late && el("span", { class: "tag late" }, "late"),
    card.outcome && el("span", { class: "tag" }, outcomeWord(card.outcome)),
  );
}

function picture(card) {
  if (card.crop === null) return el("figure", { class: "crop none" }, el("p", {}, "No picture: the unit had no room"));
  const image = el("img", { src: card.crop, alt: "The plate as the camera saw it", draggable: "false" });
  image.addEventListener("error", () => image.replaceWith(el("p", {}, "The picture cannot be shown")));
  return el("figure", { class: "crop" }, image);
}

function facts(card, desk, slim) {
  const { latitude, longitude } = card;
  const lines = [
    card.withdrawn && el("p", { class: "withdrawn" }, bdi(card.withdrawn)),
    el("p", { class: "place" }, card.place ? bdi(card.place) : "Place not known"),
    el("p", { class: "fact" }, arrow(course(card), "its course"), el("span", {}, courseWords(card))),
    near(card),
    when(card),
    el("p", { class: "quiet" }, "seen by ", bdi(card.unit)),
  ];
  if (desk.state.tiles && latitude !== null && longitude !== null && !slim && !card.details) {
    lines.push(map([latitude, longitude], desk.state.position, 300, 150));
  }
  if (!card.details) lines.push(answers(card.answers));
  return el("div", { class: "facts" }, lines);
}

/** Distance and bearing, which change while the car drives. */
export function near(card) {
  if (card.distance_m === null) return el("p", { class: "near quiet" }, "Distance not known");
  const words = `${distance(card.distance_m)}${card.bearing_deg === null ? "" : `, ${point(card.bearing_deg)} of you`}`;
  return el("p", { class: "near fact" }, arrow(card.bearing_deg, "where it is from you, north up"), el("span", {}, words));
}

function when(card) {
  if (card.age_s === null) {
    return el("p", { class: "fact doubtful" }, "Time not to be believed: a clock is not set");
  }
  return el(
    "p",
    { class: "fact age" },
    el("strong", { "data-age": card.age_s }, `${span(card.age_s)} ago`),
    el("time", { datetime: card.at, class: "quiet" }, ` at ${clockTime(card.at)}`),
    !card.clock_trusted && el("span", { class: "tag late" }, "clock not trusted"),
  );
}

function told(card, slim) {
  const { details } = card;
  return el(
    "div",
    { class: "details" },
    el("p", { class: "verify" }, bdi(details.verify)),
    plates(details),
    reason(details),
    checks(details),
    answers(card.answers),
    gates(details),
    !slim && entry(details),
  );
}

function foot(card, desk, acts, slim) {
  const parts = [];
  if (card.question) parts.push(asked(card, desk, acts, slim));
  else if (card.details) parts.push(outcomes(card, desk, acts));
  else if (card.can_open) parts.push(single(card, "open", "Show details", "O", () => acts.open(card)));
  else if (desk.state.locked) parts.push(el("p", { class: "quiet" }, "Log in to see the details."));
  return el("footer", { class: "foot" }, parts);
}

function asked(card, desk, acts, slim) {
  const { question } = card;
  const title = el("h3", { id: `ask-${card.key}` }, bdi(question.sentence));
  const marker = question.kind === "character" ? position(question.position) : null;
  if (desk.state.locked) {
    const ways = slim ? el("p", {}, "Log in to answer.") : logInForm(desk.officers, acts.logIn, "Log in to answer");
    return el("section", { class: "ask locked", "aria-labelledby": `ask-${card.key}` }, el("div", { class: "asking" }, title, marker), ways);
  }
  const keys = keysFor(question);
  const buttons = question.choices.map((choice, index) =>
    el(
      "button",
      {
        type: "button",
        id: `choice-${card.key}-${index + 1}`,
        class: choice in ANSWERS ? "choice" : "choice glyph",
        "data-key": keys[index],
        "aria-label": ANSWERS[choice] ?? `It is ${choice}`,
        on: { click: () => acts.answer(card, choice) },
      },
      choice in ANSWERS && el("kbd", {}, keys[index]),
      el("span", {}, ANSWERS[choice] ?? choice),
    ),
  );
  return el(
    "section",
    { class: "ask", "aria-labelledby": `ask-${card.key}` },
    el("div", { class: "asking" }, title, marker),
    el("div", { class: "choices", role: "group", "aria-labelledby": `ask-${card.key}` }, buttons, single(card, "urgent", "Urgent: show all", "U", () => acts.urgent(card))),
    question.typing && !slim && typing(card, acts),
  );
}

/**
 * The key of each choice. A character is its own key: were "7" the second choice, and the key 2
 * took it, an officer who reads a 2 would answer 7. The words then get keys that no plate has.
 */
function keysFor(question) {
  if (question.kind !== "character") return question.choices.map((_, index) => String(index + 1));
  return question.choices.map((choice) => ({ neither: "-", unsure: "=" })[choice] ?? choice.toLowerCase());
}

/** Which character is meant: as many boxes as it takes to count to it. */
function position(number) {
  const boxes = Array.from({ length: number }, (_, index) => el("i", { class: index + 1 === number ? "here" : "" }));
  return el("span", { class: "position", role: "img", "aria-label": `character ${number} from the left` }, boxes, "…");
}

function single(card, name, words, letter, act) {
  return el(
    "button",
    { type: "button", id: `${name}-${card.key}`, class: `single ${name}`, "data-key": letter.toLowerCase(), on: { click: act } },
    words,
    " ",
    el("kbd", {}, letter),
  );
}

function typing(card, acts) {
  const field = el("input", {
    id: `typed-${card.key}`,
    name: "plate",
    maxlength: 12,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    "data-keep": card.key,
    "data-key": "t",
    placeholder: "or type the whole plate (T)",
    "aria-label": "Type the whole plate as you read it",
  });
  const send = (event) => {
    event.preventDefault();
    const typed = field.value.trim();
    if (typed) acts.answer(card, typed);
  };
  return el("form", { class: "typing", on: { submit: send } }, field, el("button", { type: "submit", id: `send-${card.key}` }, "Send"));
}

function outcomes(card, desk, acts) {
  if (desk.state.locked) return el("p", { class: "quiet" }, "Log in to say what came of it.");
  const choose = ([code, word, hint], index, small) =>
    el(
      "button",
      {
        type: "button",
        id: `outcome-${card.key}-${code}`,
        class: small ? "outcome stage" : "outcome",
        "data-key": small ? null : index + 1,
        title: hint,
        "aria-pressed": card.outcome === code ? "true" : "false",
        on: { click: () => acts.outcome(card, code) },
      },
      !small && el("kbd", {}, index + 1),
      el("span", {}, word),
    );
  return el(
    "section",
    { class: "outcomes", "aria-label": "What came of it?" },
    el("div", { class: "choices" }, OUTCOMES.map((one, index) => choose(one, index, false)), STAGES.map((one, index) => choose(one, index, true))),
  );
}
