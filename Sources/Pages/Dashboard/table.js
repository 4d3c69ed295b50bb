/** The table of jobs: a row a job, kept while it is listed, so that focus stays where it was. */
import { byID, element, reconcile, setAttribute, setText } from "./elements.js";
import { age, bytes, counted, moment, secondsSince } from "./format.js";
import { badge, mayCancel, mayRetry, share, situation } from "./words.js";

class JobRow {
  constructor(job, on) {
    this.link = element("a", { class: "open" });
    this.state = element("td", { class: "state" });
    this.name = element("span", { class: "name" });
    this.folder = element("span", { class: "folder" });
    this.size = element("td", { class: "size number" });
    this.bar = element("progress", { max: 1 });
    this.told = element("span", { class: "told" });
    this.tries = element("td", { class: "tries number" });
    this.age = element("td", { class: "age number" });
    this.worker = element("td", { class: "worker" });
    this.retry = element("button", { type: "button", onclick: () => on.act("retry", this.job) }, "Retry");
    this.cancel = element("button", { type: "button", onclick: () => on.act("cancel", this.job) }, "Cancel");
    this.root = element("tr", { onclick: (event) => this.clicked(event, on) },
      element("th", { scope: "row", class: "id" }, this.link), this.state,
      element("td", { class: "file" }, this.name, this.folder), this.size,
      element("td", { class: "progress" }, this.bar, this.told), this.tries, this.age, this.worker,
      element("td", { class: "actions" }, this.retry, this.cancel));
    this.href = on.href;
    this.isManager = on.maySteer;
    this.root.addEventListener("animationend", () => this.root.classList.remove("changed"));
    this.update(job, true);
  }

  /** Anywhere on the row opens it, as its link does; a selection of text stays one. */
  clicked(event, on) {
    if (event.target.closest("a, button") || String(getSelection())) return;
    on.open(this.job.id);
  }

  update(job) {
    const before = this.job;
    this.job = job;
    if (before?.state !== job.state) {
      this.state.replaceChildren(badge(job.state));
      this.root.className = job.state;
      if (before) this.root.classList.add("changed");
    }
    setText(this.link, String(job.id));
    setAttribute(this.link, "href", this.href(job.id));
    setAttribute(this.link, "aria-label", `Job ${job.id}, ${job.filename}`);
    setText(this.name, job.filename);
    setAttribute(this.name, "title", job.filename);
    const folder = `${job.owner} · ${job.folder ?? "folder deleted"}`;
    setText(this.folder, folder);
    setAttribute(this.folder, "title", folder);
    setText(this.size, bytes(job.bytes_total));
    this.worker.title = job.worker ?? "";
    setText(this.worker, job.state === "running" ? job.worker ?? "" : "");
    this.showProgress(job);
    this.tries.title = `${counted(job.attempt, "attempt")}; ${job.failures ?? 0} of ${job.max_attempts} failures`;
    setText(this.tries, job.failures ? `${job.failures} / ${job.max_attempts}` : String(job.attempt));
    const maySteer = this.isManager();
    this.retry.hidden = !(maySteer && mayRetry(job));
    // One button a row: of a job that may be retried and cancelled, the other one is where the job is shown.
    this.cancel.hidden = !(maySteer && mayCancel(job) && this.retry.hidden);
    setAttribute(this.retry, "aria-label", `Retry job ${job.id}`);
    setAttribute(this.cancel, "aria-label", `Cancel job ${job.id}`);
    this.tick();
  }

  showProgress(job) {
    this.bar.hidden = job.state !== "running" || job.bytes_total === 0;
    if (!this.bar.hidden) {
      this.bar.value = share(job);
      setAttribute(this.bar, "aria-label", `Progress of job ${job.id}`);
    }
  }

  /** What changes with time alone. */
  tick() {
    const told = situation(this.job);
    setText(this.told, told);
    setAttribute(this.told, "title", this.job.error?.message ?? told);
    setText(this.age, age(secondsSince(this.job.queued_at)));
    setAttribute(this.age, "title", `Last byte at ${moment(this.job.queued_at)}`);
  }
}

export class JobTable {
  /** @param on `open(id)`, `act(action, job)`, `href(id)`, `maySteer()`. */
  constructor(on) {
    this.on = on;
    this.rows = new Map();
    this.body = byID("rows");
  }

  /** @param top what runs longest, told first; it may be among `listed` as well. */
  show(listed, top, emptyText) {
    const above = new Set(top.map((job) => job.id));
    const jobs = [...top, ...listed.filter((job) => !above.has(job.id))];
    reconcile(this.body, this.rows, jobs, (job) => job.id, (job) => new JobRow(job, this.on));
    for (const [id, row] of this.rows) setAttribute(row.root, "data-top", above.has(id) ? "" : null);
    byID("empty").hidden = jobs.length > 0;
    setText(byID("empty"), jobs.length > 0 ? "" : emptyText);
  }

  /** A job that is listed is told anew; true if it is. */
  take(job) {
    this.rows.get(job.id)?.update(job);
    return this.rows.has(job.id);
  }

  tick() {
    for (const row of this.rows.values()) row.tick();
  }

  markOpen(id) {
    for (const row of this.rows.values()) {
      setAttribute(row.link, "aria-current", row.job.id === id ? "true" : null);
      row.root.classList.toggle("current", row.job.id === id);
    }
  }

  /** The job whose row has the focus. */
  get focused() {
    const row = document.activeElement?.closest("#rows tr");
    return [...this.rows.values()].find((one) => one.root === row)?.job ?? null;
  }

  /** Moves the focus by rows; from outside to the first, or with `from` on from that job. */
  move(by, from) {
    const order = [...this.body.children];
    const rows = [...this.rows.values()];
    const current = document.activeElement?.closest("#rows tr") ?? rows.find((row) => row.job.id === from)?.root;
    const index = current ? order.indexOf(current) + by : 0;
    const next = rows.find((row) => row.root === order[Math.min(order.length - 1, Math.max(0, index))]);
    next?.link.focus();
    next?.root.scrollIntoView({ block: "nearest" });
    return next?.job ?? null;
  }

  focus(id) {
    this.rows.get(id)?.link.focus();
  }
}
