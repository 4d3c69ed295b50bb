/** The figures at the top: jobs by state, the queue as a whole, and what needs an operator. */
import { byID, element, reconcile, setAttribute, setText, unseen } from "./elements.js";
import { age, bytes, count, counted, duration } from "./format.js";
import { badge, states } from "./words.js";

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

/** The age of the oldest job and the like. */
export class Facts {
  constructor() {
    this.values = new Map();
    const names = ["Oldest waits", "Throughput", "Visible after, p50", "Visible after, p99", "Finalizers"];
    byID("facts").append(...names.map((name) => {
      const value = element("dd", {}, "–");
      this.values.set(name, value);
      return element("div", {}, element("dt", {}, name), value);
    }));
  }

  show(stats) {
    const told = (value, format) => (value === null || value === undefined ? "–" : format(value));
    setText(this.values.get("Oldest waits"), told(stats.oldest_age_seconds, age));
    setText(this.values.get("Throughput"), told(stats.bytes_per_second, (rate) => `${bytes(rate)}/s`));
    setText(this.values.get("Visible after, p50"), told(stats.visible_seconds?.p50, duration));
    setText(this.values.get("Visible after, p99"), told(stats.visible_seconds?.p99, duration));
    setText(this.values.get("Finalizers"), String(stats.workers));
    this.values.get("Oldest waits").classList.toggle("warn", (stats.oldest_age_seconds ?? 0) > 600);
    this.values.get("Finalizers").classList.toggle("bad", stats.workers === 0);
  }
}

/** What an operator should know now; each with what to do about it. */
export function needs(stats, workers) {
  const told = [];
  if (!stats) return told;
  const [waits, lost] = [stats.counts.queued + stats.counts.retrying, workers.filter((worker) => !worker.alive)];
  if (stats.workers === 0) {
    told.push({ key: "none", tone: "bad", text: `No finalizer runs${waits ? `; ${counted(waits, "job")} wait` : ""}.`,
      hint: "Start one with “tussock finalize”." });
  }
  if (stats.paused) {
    told.push({ key: "paused", tone: "warn", text: "The queue is paused: no job is started.",
      action: { name: "Resume", steer: ["resume", null] } });
  }
  for (const folder of stats.paused_folders ?? []) {
    told.push({ key: `paused ${folder}`, tone: "warn", text: `${folder} is paused, with all that is below it.`,
      action: { name: "Resume", steer: ["resume", folder] } });
  }
  for (const worker of lost) {
    told.push({ key: `lost ${worker.id}`, tone: worker.jobs > 0 ? "bad" : "warn",
      text: `The ${worker.role === "front" ? "front node" : worker.role} ${worker.id} has been silent for `
        + `${age(worker.age_seconds)}.`, hint: worker.jobs ? "Its jobs go to others." : "" });
  }
  if (stats.counts.dead > 0) {
    told.push({ key: "dead", tone: "bad",
      text: `${counted(stats.counts.dead, "dead job")}: given up until retried by hand.`,
      link: { name: "Show", states: ["dead"] }, action: { name: "Retry all …", all: "retry" } });
  }
  return told;
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
      this.text, this.show, this.act);
  }

  update(need) {
    this.need = need;
    setText(this.text, [need.text, need.hint].filter(Boolean).join(" "));
    this.show.hidden = !need.link;
    this.act.hidden = !need.action || !this.on.maySteer();
    setText(this.show, need.link?.name ?? "");
    setText(this.act, need.action?.name ?? "");
  }
}
