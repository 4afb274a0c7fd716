// How the technician's page asks its unit: both throw an Error with the sentence that was answered.

async function answered(answer) {
  if (answer.status === 401 && document.getElementById("out")) location.assign("/"); // no more logged in
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.problem ?? "This did not work.");
  return said;
}

/** Send *words* to *path*. */
export async function send(path, words = {}) {
  const csrf = document.querySelector("meta[name=csrf]").content;
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": csrf },
    body: JSON.stringify(words),
  });
  return answered(answer);
}

/** Ask for what stands at *path*. */
export async function get(path) {
  return answered(await fetch(path));
}

/** Return what an error says to a person. */
export function sentence(error) {
  return error instanceof TypeError ? "The unit does not answer." : error.message;
}
