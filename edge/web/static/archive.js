// Sends what is done, and loads the page again when something changed at the archive.

const SILENT_MS = 12_000; // three beats of the server
const CALM_MS = 10_000; // a fleet that talks all the time is not drawn all the time
const OLD_MS = 60_000; // ages are said in words, and grow

function csrf() {
  return document.querySelector("meta[name=csrf]").content;
}

async function send(form) {
  const words = Object.fromEntries(new FormData(form));
  const answer = await fetch(form.dataset.act, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": csrf() },
    body: JSON.stringify(words),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.problem ?? "This did not work.");
  return told;
}

for (const form of document.querySelectorAll("form[data-act]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [button, problem, done] = ["button", ".problem", ".done"].map((one) => form.querySelector(one));
    if (button.disabled) return;
    button.disabled = true;
    for (const place of [problem, done]) if (place) place.textContent = "";
    try {
      const told = await send(form);
      if (told.go) location.assign(told.go);
      if (told.done) done.textContent = told.done;
    } catch (error) {
      const words = error instanceof TypeError ? "The archive does not answer." : error.message;
      if (problem) problem.textContent = words;
      else news(words);
      form.querySelector("input[type=password]")?.select();
    } finally {
      button.disabled = false;
    }
  });
}

function news(words, calm = false) {
  const place = document.getElementById("news");
  place.textContent = words;
  place.classList.toggle("calm", calm);
  place.hidden = !words;
}

// somebody who reads with a selection, or scrolls a table, is not torn away
function busy() {
  return String(getSelection()) !== "" || document.visibilityState === "hidden";
}

function follow(version) {
  let heard = performance.now();
  let newer = false;
  const source = new EventSource("/changes");
  const alive = () => {
    heard = performance.now();
    if (!newer) news("");
  };
  source.addEventListener("beat", alive);
  source.addEventListener("change", (event) => {
    alive();
    newer = event.data !== version;
  });
  setInterval(() => {
    if (performance.now() - heard > SILENT_MS) news("The archive does not answer: what stands here is old.");
    else if (performance.now() > (newer ? CALM_MS : OLD_MS) && !busy()) again();
  }, 1000);
}

function again() {
  sessionStorage.setItem("focus", document.activeElement?.getAttribute("href") ?? "");
  location.reload(); // the browser keeps the place on the page
}

const version = document.body.dataset.version;
if (version !== undefined) {
  const held = sessionStorage.getItem("focus");
  sessionStorage.removeItem("focus");
  if (held) document.querySelector(`main a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  follow(version);
}
