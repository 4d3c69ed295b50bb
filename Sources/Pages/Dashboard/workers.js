/** The processes of the cluster, those that died marked. */
import { byID, element, reconcile, setAttribute, setText } from "./elements.js";
import { age, moment, now, secondsSince } from "./format.js";
import { silent } from "./words.js";

/** Two heartbeats, seconds: one that is later is not lost yet, but to be seen. */
const late = 10;

class WorkerCard {
  constructor() {
    this.name = element("b", { class: "name" });
    this.marks = element("span", { class: "marks" });
    this.beat = element("span", { class: "beat" });
    this.where = element("span", { class: "where" });
    this.load = element("span", { class: "load" });
    this.root = element("li", {}, this.name, element("div", {}, this.marks, this.beat),
      element("div", {}, this.load, this.where));
  }

  update(worker) {
    this.worker = worker;
    this.heard = now() - worker.age_seconds * 1000;
    this.root.className = worker.alive ? "alive" : worker.jobs > 0 ? "lost with-jobs" : "lost";
    setText(this.name, worker.id);
    setAttribute(this.name, "title", worker.id);
    const told = [worker.role === "front" ? "front node" : worker.role, worker.leader ? "leader" : null,
      worker.alive ? null : "lost"].filter(Boolean);
    if (this.marks.dataset.told !== `${told}`) {
      this.marks.dataset.told = `${told}`;
      this.marks.replaceChildren(...told.map((mark) =>
        element("span", { class: `mark ${mark.replace(" ", "-")}` }, mark)));
    }
    const many = worker.concurrency ? `${worker.jobs} of ${worker.concurrency} jobs` : `${worker.jobs} jobs`;
    setText(this.load, worker.role === "finalizer" ? many : "");
    this.load.classList.toggle("busy", worker.jobs > 0);
    setAttribute(this.beat, "title", `Last heard at ${moment(worker.last_seen)}`);
    this.tick();
  }

  tick() {
    const { worker } = this;
    const since = (now() - this.heard) / 1000;
    setText(this.beat, worker.alive ? `heard ${age(since)} ago` : `silent for ${age(since)}`);
    this.beat.classList.toggle("late", worker.alive && since > late);
    // The name mostly begins with the host's.
    const host = worker.id.startsWith(`${worker.host}:`) ? null : worker.host;
    const up = worker.alive ? `up ${age(secondsSince(worker.started_at))}` : null;
    setText(this.where, [host, worker.version, up].filter(Boolean).join(" · "));
  }
}

export class Workers {
  constructor() {
    this.kept = new Map();
  }

  /** First those that died with jobs, last those that died without; finalizers before front nodes. */
  show(workers) {
    silent.clear();
    for (const worker of workers) if (!worker.alive) silent.add(worker.id);
    const rank = (worker) => (worker.alive ? 2 : worker.jobs > 0 ? 0 : 4) + (worker.role === "finalizer" ? 0 : 1);
    const sorted = workers.toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
    reconcile(byID("workers"), this.kept, sorted, (worker) => worker.id, () => new WorkerCard());
    byID("workers").classList.toggle("nobody", workers.length === 0);
  }

  tick() {
    for (const card of this.kept.values()) card.tick();
  }
}
