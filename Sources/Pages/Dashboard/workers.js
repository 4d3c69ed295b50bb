/** The processes of the cluster, those that died marked. */
import { byID, element, reconcile, setAttribute, setText } from "./elements.js";
import { age, moment, secondsSince } from "./format.js";

class WorkerCard {
  constructor() {
    this.name = element("b", { class: "name" });
    this.marks = element("span", { class: "marks" });
    this.beat = element("span", { class: "beat" });
    this.where = element("span", { class: "where" });
    this.load = element("span", { class: "load" });
    this.root = element("li", {}, element("div", {}, this.name, this.marks),
      element("div", {}, this.load, this.beat), this.where);
  }

  update(worker) {
    this.root.className = worker.alive ? "alive" : "lost";
    setText(this.name, worker.id);
    setAttribute(this.name, "title", worker.id);
    const told = [worker.role === "front" ? "front node" : worker.role, worker.leader ? "leader" : null,
      worker.alive ? null : "lost"].filter(Boolean);
    if (this.marks.dataset.told !== `${told}`) {
      this.marks.dataset.told = `${told}`;
      this.marks.replaceChildren(...told.map((mark) =>
        element("span", { class: `mark ${mark.replace(" ", "-")}` }, mark)));
    }
    const many = worker.concurrency ? `${worker.jobs} of ${worker.concurrency} jobs` : "";
    setText(this.load, worker.role === "finalizer" ? many || `${worker.jobs} jobs` : "");
    setText(this.beat, worker.alive
      ? `heard ${age(worker.age_seconds)} ago` : `silent for ${age(worker.age_seconds)}`);
    setAttribute(this.beat, "title", `Last heard at ${moment(worker.last_seen)}`);
    setText(this.where, `${worker.host} · ${worker.version} · up ${age(secondsSince(worker.started_at))}`);
  }
}

export class Workers {
  constructor() {
    this.kept = new Map();
  }

  /** Finalizers first, the lost ones of each before all. */
  show(workers) {
    const rank = (worker) => (worker.role === "finalizer" ? 0 : 2) + (worker.alive ? 1 : 0);
    const sorted = workers.toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
    reconcile(byID("workers"), this.kept, sorted, (worker) => worker.id, () => new WorkerCard());
    byID("workers").classList.toggle("nobody", workers.length === 0);
  }
}
