/** What was done by hand lately, by whom. */
import { byID, element, reconcile, setAttribute, setText } from "./elements.js";
import { age, counted, moment, secondsSince } from "./format.js";
import { addressOf } from "./place.js";

const verbs = { retry: "retried", cancel: "cancelled", pause: "paused", resume: "resumed" };
const most = 6;

/** An action on many jobs has an entry for each of them: those that follow on each other are told as one. */
function gathered(entries) {
  const told = [];
  for (const entry of entries) {
    const last = told.at(-1);
    const isSame = last && entry.job && last.entry.job
      && ["actor", "action", "result"].every((name) => last.entry[name] === entry[name])
      && Date.parse(last.until) - Date.parse(entry.at) < 60000;
    if (isSame) [last.number, last.until] = [last.number + 1, entry.at];
    else told.push({ key: entry.id, entry, number: 1, until: entry.at });
  }
  if (told.length > 0) told.at(-1).isCut = entries.length >= 100;
  return told.slice(0, most);
}

class Action {
  constructor() {
    this.what = element("span");
    this.when = element("time");
    this.root = element("li", {}, this.what, this.when);
  }

  update({ entry, number, isCut }) {
    this.at = entry.at;
    const id = entry.job && Number(entry.job.slice(entry.job.lastIndexOf("/") + 1));
    const jobs = `${counted(number, "job")}${isCut ? " or more" : ""}`;
    const object = !id ? entry.folder ?? "the queue" : number > 1 ? jobs
      : element("a", { href: addressOf({ states: [], job: id }) }, `job ${id}`);
    const done = ` ${verbs[entry.action] ?? entry.action} `;
    const refused = entry.result === "done" ? "" : `: ${entry.result}`;
    if (this.what.textContent !== entry.actor + done + (object.textContent ?? object) + refused) {
      this.what.replaceChildren(element("b", {}, entry.actor), done, object, refused);
    }
    setAttribute(this.when, "datetime", entry.at);
    setAttribute(this.when, "title", moment(entry.at));
    this.tick();
  }

  tick() {
    setText(this.when, `${age(secondsSince(this.at))} ago`);
  }
}

export class Audit {
  constructor() {
    this.kept = new Map();
  }

  show(entries) {
    reconcile(byID("audit"), this.kept, gathered(entries), (told) => told.key, () => new Action());
    byID("audit-section").hidden = entries.length === 0;
  }

  tick() {
    for (const action of this.kept.values()) action.tick();
  }
}
