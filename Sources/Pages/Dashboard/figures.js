/** The figures at the top: jobs by state, the queue as a whole, and what needs an operator. */
import { byID, element, reconcile, setAttribute, setText, unseen } from "./elements.js";
import { age, bytes, count, counted, duration, moment, now } from "./format.js";
import { badge, rough, states } from "./words.js";

/** A button for each state: pressed ones are those that the list shows. */
export class Counts {
  constructor(onToggle) {
    this.buttons = new Map(states.map((state, index) => {
      const number = element("b", {}, "–");
      const root = element("button", { type: "button", class: state, "aria-pressed": "false",
        title: `Show only ${state} jobs (${index + 1})`, onclick: () => onToggle(state) }, number, badge(state));
      return [state, { root, number }];
    }));
    byID("counts").append(...[...this.buttons.values()].map((button) => button.root));
  }

  show(counts) {
    for (const [state, { root, number }] of this.buttons) {
      setText(number, count(counts[state] ?? 0));
      root.classList.toggle("none", !counts[state]);
    }
  }

  press(chosen) {
    for (const [state, { root }] of this.buttons) setAttribute(root, "aria-pressed", String(chosen.includes(state)));
  }
}

/** Whole minutes, from one on. */
const brief = (seconds) => (seconds < 60 ? duration(seconds) : age(seconds));

/** The age of the oldest job and the like. */
export class Facts {
  constructor() {
    this.values = new Map();
    const names = {
      "Oldest waits": "Since the last byte of the oldest job that has not ended",
      "Work left": "Jobs that have not ended, at the pace of the last minutes",
      "Throughput": "What finalizers got done in the last minute",
      "Visible, p50 · p99": "From the last byte to the visible item, jobs of the last hour",
      "Finalizers": "Those that live",
    };
    byID("facts").append(...Object.entries(names).map(([name, title]) => {
      const value = element("dd", { title }, "–");
      this.values.set(name, value);
      return element("div", {}, element("dt", {}, name), value);
    }));
  }

  /** @param pace jobs done a second; null if that is not known. */
  show(stats, pace) {
    const told = (value, format) => (value === null || value === undefined ? "–" : format(value));
    const open = stats.counts.queued + stats.counts.running + stats.counts.retrying;
    const visible = stats.visible_seconds;
    setText(this.values.get("Oldest waits"), told(stats.oldest_age_seconds, age));
    const left = stats.paused || stats.paused_folders?.length || !pace ? "–" : `≈ ${rough(open / pace)}`;
    setText(this.values.get("Work left"), open === 0 ? "none" : left);
    setText(this.values.get("Throughput"), told(stats.bytes_per_second, (rate) => `${bytes(rate)}/s`));
    const seconds = told(visible?.p50, (p50) => `${brief(p50)} · ${brief(visible.p99)}`);
    setText(this.values.get("Visible, p50 · p99"), seconds);
    setText(this.values.get("Finalizers"), String(stats.workers));
    this.values.get("Oldest waits").classList.toggle("warn", (stats.oldest_age_seconds ?? 0) > 600);
    this.values.get("Finalizers").classList.toggle("bad", stats.workers === 0);
  }
}

/** Jobs done a second, in the minute before this one and in what is over of this one. */
export function pace(minutes) {
  const start = Math.floor(now() / 60000) * 60000;
  const done = minutes.filter((minute) => Date.parse(minute.minute) >= start - 60000)
    .reduce((sum, minute) => sum + minute.done, 0);
  return done / (60 + (now() - start) / 1000);
}

/**
 * What an operator should know now, the worst first; each with what to do about it.
 * @param known `stats`, `workers`, `dead` (the newest dead jobs), `audit` (what was done by hand).
 */
export function needs({ stats, workers, dead, audit }) {
  const told = [];
  if (!stats) return told;
  const waits = stats.counts.queued + stats.counts.retrying;
  if (stats.workers === 0) {
    told.push({ key: "none", tone: "bad", text: `No finalizer runs${waits ? `; ${counted(waits, "job")} wait` : ""}.`,
      hint: "Start one with “tussock finalize”." });
  }
  if (stats.paused) {
    told.push({ key: "paused", tone: "warn", text: `The queue is paused${byWhom(audit, null)}: no job is started.`,
      action: { name: "Resume", steer: ["resume", null] } });
  }
  for (const folder of stats.paused_folders ?? []) {
    told.push({ key: `paused ${folder}`, tone: "warn",
      text: `${folder} and all below it is paused${byWhom(audit, folder)}.`,
      action: { name: "Resume", steer: ["resume", folder] } });
  }
  told.push(...lost(workers));
  if (stats.counts.dead > 0) {
    const jobs = counted(stats.counts.dead, "dead job");
    told.push({ key: "dead", tone: "bad",
      text: `${jobs}, given up until retried by hand${reasons(dead, stats.counts.dead)}.`,
      link: { name: "Show", states: ["dead"] }, action: { name: "Retry all …", all: "retry" } });
  }
  return [...told.filter((need) => need.tone === "bad"), ...told.filter((need) => need.tone !== "bad")];
}

/** Of the processes that have fallen silent: each that still has jobs, and the others together. */
function lost(workers) {
  const gone = workers.filter((worker) => !worker.alive);
  const idle = gone.filter((worker) => worker.jobs === 0);
  const name = (worker) => `the ${worker.role === "front" ? "front node" : worker.role} ${worker.id}`;
  // A time rather than an age: a screen reader tells these texts whenever they change.
  const one = (worker) => `Silent since ${moment(worker.last_seen)}: ${name(worker)}.`;
  const told = gone.filter((worker) => worker.jobs > 0).map((worker) => ({ key: `lost ${worker.id}`, tone: "bad",
    text: one(worker), hint: `Its ${counted(worker.jobs, "job")} go to others.` }));
  if (idle.length === 1) {
    told.push({ key: "silent", tone: "warn", text: one(idle[0]), hint: "It has no job." });
  } else if (idle.length > 1) {
    const names = idle.length === 2 ? `: ${idle.map(name).join(" and ")}` : "";
    told.push({ key: "silent", tone: "warn",
      text: `${count(idle.length)} processes without a job have fallen silent${names}.` });
  }
  return told;
}

/** Such as `: 7 × missing-bytes, 1 × checksum`. */
function reasons(jobs, total) {
  const numbers = new Map();
  for (const job of jobs) numbers.set(job.error?.class, (numbers.get(job.error?.class) ?? 0) + 1);
  const told = [...numbers].filter(([name]) => name).toSorted((one, other) => other[1] - one[1]);
  if (told.length === 0) return "";
  const from = total > jobs.length ? ` (of the newest ${jobs.length})` : "";
  return `: ${told.slice(0, 4).map(([name, number]) => `${number} × ${name}`).join(", ")}${from}`;
}

/** Such as ` since 02:14:05 by anna`, if that was not long ago. */
function byWhom(audit, folder) {
  const entry = audit.find((one) => one.action === "pause" && one.result === "done" && one.folder === folder);
  return entry ? ` since ${moment(entry.at)} by ${entry.actor}` : "";
}

export class Notices {
  constructor(on) {
    this.kept = new Map();
    this.make = (need) => new Notice(need, on);
  }

  show(told) {
    reconcile(byID("notices"), this.kept, told, (need) => need.key, this.make);
  }
}

class Notice {
  constructor(need, on) {
    this.on = on;
    this.text = element("span", { class: "text" });
    this.show = element("button", { type: "button", hidden: "", onclick: () => on.show(this.need.link.states) });
    this.act = element("button", { type: "button", hidden: "", onclick: () => on.act(this.need.action) });
    this.root = element("p", { class: `notice ${need.tone}` }, unseen(need.tone === "bad" ? "Alarm: " : "Note: "),
      this.text, element("span", { class: "acts" }, this.show, this.act));
  }

  update(need) {
    this.need = need;
    setText(this.text, [need.text, need.hint].filter(Boolean).join(" "));
    this.show.hidden = !need.link;
    this.act.hidden = !need.action || !(need.action.reload || this.on.maySteer());
    setText(this.show, need.link?.name ?? "");
    setText(this.act, need.action?.name ?? "");
  }
}
