// What is about to be saved, as a diff, and how the trial of it goes on.

import { get } from "./tuning_api.js";
import { made } from "./tuning_draw.js";

const POLL_MS = 500;
const place = (id) => document.getElementById(id);

function diff({ changes, restart }) {
  const rows = changes.map((one) =>
    made(
      "li",
      {},
      made("strong", {}, one.path),
      made("p", { class: "what" }, one.sentence),
      made("del", {}, `− ${one.old}`, made("small", {}, ` from ${one.file}`)),
      made("ins", {}, `+ ${one.new}`, made("small", {}, one.restart ? " after a restart of watch" : " between two frames")),
    ),
  );
  place("diff").replaceChildren(...rows);
  const nothing = "Nothing would change: that is in force already.";
  place("told").textContent = rows.length === 0 ? nothing : restart ? "Watch begins anew for this: a few seconds of street are lost." : "No frame is lost for this.";
  return rows.length > 0;
}

function open(title, { asking }) {
  place("ask-title").textContent = title;
  place("why-row").hidden = !asking;
  place("ask-go").hidden = !asking;
  place("ask-no").hidden = !asking;
  place("ask-close").hidden = asking;
  place("trial").hidden = asking;
  place("ask").className = "";
  if (!place("ask").open) place("ask").showModal();
}

/** Show what would change; return why it is wanted, or null where it is not. */
export function asked(proposal) {
  const some = diff(proposal);
  place("why").value = "";
  open("Save these settings?", { asking: true });
  place("ask-go").disabled = !some;
  return new Promise((done) => {
    const end = (value) => () => {
      place("ask").removeEventListener("close", no);
      done(value());
    };
    const no = end(() => null);
    place("ask").addEventListener("close", no, { once: true });
    place("ask-no").onclick = () => place("ask").close();
    place("ask-go").onclick = end(() => place("why").value);
  });
}

/** Show what going back to a version changes; the trial of it is on its way. */
export function returned(number, proposal) {
  diff(proposal);
  open(`Back to version ${number}`, { asking: false });
}

/** Show how the trial *number* goes on until it is over; return its outcome, or null. */
export async function follow(number) {
  open("The unit tries them", { asking: false });
  const close = place("ask-close");
  close.onclick = () => place("ask").close();
  close.disabled = true;
  for (;;) {
    const job = await patient();
    if (job !== null && job.number !== number) throw new Error("The page began anew; look into the history how the trial ended.");
    if (job !== null) {
      place("trial-share").hidden = !job.running;
      place("told").textContent = job.running ? job.sentence || "It is being recorded." : (job.result?.sentence ?? job.problem);
    }
    if (job !== null && !job.running) {
      close.disabled = false;
      close.focus();
      place("ask-title").textContent = job.result?.kept ? "Saved" : "Not saved";
      place("ask").className = job.result?.kept ? "kept" : "undone";
      return job.result;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function patient() {
  try {
    return await get("/api/settings/job");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    place("told").textContent = "The unit does not answer; the trial goes on there, and is undone if the page's process is gone.";
    return null;
  }
}
