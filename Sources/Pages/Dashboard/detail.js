/** One job with all that happened to it, beside the table; on a narrow page over it. */
import { itemLink } from "./api.js";
import { byID, drawing, element, reconcile, setAttribute, setText } from "./elements.js";
import { bytes, count, counted, duration, moment, now } from "./format.js";
import { addressOf } from "./place.js";
import { badge, isEnded, left, mayCancel, mayRetry, percent, share, situation } from "./words.js";

const phases = ["verify", "assemble", "sync", "publish"];

export class JobDetail {
  /** @param on `act(action, job)`, `close()`, `maySteer()`, `pause(folder)`. */
  constructor(on) {
    this.on = on;
    this.root = byID("job");
    this.events = new Map();
    this.facts = new Map();
    this.build();
    this.root.addEventListener("cancel", (event) => {
      event.preventDefault();
      on.close();
    });
    matchMedia("(max-width: 760px)").addEventListener("change", () => this.isOpen && this.raise());
  }

  get isOpen() {
    return this.root.open;
  }

  build() {
    const button = (text, action, attributes = {}) =>
      element("button", { type: "button", onclick: action, ...attributes }, text);
    const close = button("×", () => this.on.close(), { class: "close", "aria-label": "Close", title: "Close (Esc)" });
    this.title = element("h2", { id: "job-title", tabindex: "-1" });
    this.state = element("span");
    this.bar = element("progress", { max: 1 });
    this.told = element("p", { class: "told" });
    this.steps = element("ol", { class: "steps", "aria-label": "Phases" });
    this.retry = button("Retry", () => this.on.act("retry", this.job), { title: "Retry (r)" });
    this.cancel = button("Cancel", () => this.on.act("cancel", this.job), { title: "Cancel (c)" });
    this.pause = button("Pause its folder", () => this.on.pause(this.job.folder));
    this.mistake = element("p", { class: "mistake", role: "alert", hidden: "" });
    this.list = element("dl", { class: "about" });
    this.timeline = element("ol", { class: "timeline" });
    this.root.append(
      element("div", { class: "head" }, this.title, close),
      element("div", { class: "body" }, this.mistake, element("div", { class: "now" }, this.state, this.told), this.bar,
        this.steps, element("div", { class: "acts" }, this.retry, this.cancel, this.pause), this.list,
        element("h3", {}, "What happened, latest first"), this.timeline));
  }

  /** Opens empty; `show` fills it. */
  open(id, summary) {
    this.id = id;
    this.mistake.hidden = true;
    setText(this.title, summary?.filename ?? `Job ${id}`);
    this.events.clear();
    this.timeline.replaceChildren();
    if (summary) this.show(summary);
    else this.root.classList.add("waiting");
    if (!this.root.open) this.raise();
    this.root.querySelector(".body").scrollTop = 0;
    this.title.focus({ preventScroll: true });
  }

  /** Beside the table it lets the rest of the page be used; where it covers the page it holds the focus. */
  raise() {
    if (this.root.open) this.root.close();
    if (matchMedia("(max-width: 760px)").matches) this.root.showModal();
    else this.root.show();
  }

  close() {
    this.id = null;
    this.job = null;
    if (this.root.open) this.root.close();
  }

  /** Instead of the job. */
  fail(message) {
    this.root.classList.add("waiting");
    this.mistake.hidden = false;
    setText(this.mistake, message);
  }

  /** A job from the list, or with `attempts` and `history` when it was asked singly. */
  show(job) {
    if (job.id !== this.id) return;
    this.root.classList.remove("waiting");
    this.job = job;
    setText(this.title, job.filename);
    if (this.state.dataset.state !== job.state) {
      this.state.dataset.state = job.state;
      this.state.replaceChildren(badge(job.state));
    }
    this.retry.hidden = !(this.on.maySteer() && mayRetry(job));
    this.cancel.hidden = !(this.on.maySteer() && mayCancel(job));
    this.pause.hidden = !this.on.maySteer() || isEnded(job.state) || !job.folder || job.folder === "/";
    this.showProgress(job);
    this.showFacts(job);
    if (job.attempts) {
      reconcile(this.timeline, this.events, happenings(job), (event) => event.key, (event) => new Happening(event));
    }
    this.tick();
  }

  showProgress(job) {
    const running = job.state === "running";
    this.bar.hidden = !running || job.bytes_total === 0;
    if (!this.bar.hidden) {
      this.bar.value = share(job);
      setAttribute(this.bar, "aria-label", `${percent(job)} of ${bytes(job.bytes_total)}`);
    }
    this.steps.hidden = !running;
    const at = phases.indexOf(job.phase);
    if (this.steps.dataset.at === String(at)) return;
    this.steps.dataset.at = String(at);
    this.steps.replaceChildren(...phases.map((phase, index) => element("li", {
      class: index < at ? "past" : index === at ? "present" : null,
      "aria-current": index === at ? "step" : null,
    }, phase)));
  }

  showFacts(job) {
    const link = itemLink(job);
    const rate = job.state === "running" && job.bytes_per_second ? `${bytes(job.bytes_per_second)}/s` : null;
    const exactly = job.bytes_total >= 1024 ? ` (${count(job.bytes_total)} B)` : "";
    const facts = [
      ["Job", String(job.id)],
      ["Item", link && job.state === "done" ? [element("a", { href: link }, pathOf(job))] : pathOf(job)],
      ["Folder", job.folder ? [filterLink({ folder: job.folder }, job.folder)] : "deleted"],
      ["Owner", [filterLink({ owner: job.owner }, job.owner)]],
      ["Size", bytes(job.bytes_total) + exactly],
      ["Done", job.state === "running" ? [bytes(job.bytes_done), rate, left(job)].filter(Boolean).join(" · ") : null],
      ["Failures", `${job.failures ?? 0} of ${job.max_attempts}, in ${counted(job.attempt, "attempt")}`],
      ["Priority", job.priority === 0 ? null : `${job.priority}; the smaller, the sooner`], ["Upload", job.upload],
      ["Worker", job.state === "running" ? job.worker : null],
      ["Error", job.state === "retrying" ? job.error?.class : null],
    ];
    const shown = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
    reconcile(this.list, this.facts, shown, ([name]) => name, ([name]) => new Fact(name));
  }

  tick() {
    if (!this.job) return;
    setText(this.told, situation(this.job));
    for (const event of this.events.values()) event.tick();
  }
}

const filterLink = (filter, text) =>
  element("a", { href: addressOf({ states: [], ...filter }), title: "Show its jobs" }, text);

function pathOf(job) {
  if (!job.item || !job.folder) return null;
  const name = decodeURIComponent(job.item.slice(job.item.lastIndexOf("/") + 1));
  return job.folder === "/" ? `/${name}` : `${job.folder}/${name}`;
}

class Fact {
  constructor(name) {
    this.value = element("dd");
    this.root = element("div", {}, element("dt", {}, name), this.value);
  }

  update([, value]) {
    if (typeof value === "string") return setText(this.value, value);
    if (this.value.textContent !== value[0].textContent) this.value.replaceChildren(...value);
  }
}

/** Arrival, attempts, what was done by hand, and the end; the latest first. */
function happenings(job) {
  const told = [{ key: "queued", at: job.queued_at, tone: "queued", name: "Queued",
    text: "The last byte of its upload was committed." }];
  const errorOf = (one) => one?.error && [one.error.class, one.error.message].filter(Boolean).join(": ");
  job.attempts.forEach((one, index) => {
    const [error, next] = [errorOf(one), job.attempts[index + 1]];
    told.push({ key: `attempt ${one.attempt}`, at: one.started_at, attempt: one, error,
      sameAs: error && error === errorOf(next) ? next.attempt : null });
  });
  for (const one of job.history ?? []) {
    const how = [one.via === "cli" ? "On the command line." : "", one.result === "done" ? "" : `${one.result}.`];
    told.push({ key: `action ${one.id}`, at: one.at, tone: "hand",
      name: `${actions[one.action] ?? one.action} by ${one.actor}`, text: how.filter(Boolean).join(" ") });
  }
  told.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const end = ends[job.state];
  if (end) told.push({ key: `end ${job.finished_at}`, at: job.finished_at, ...end });
  else if (job.state === "retrying" && !job.waiting_for) {
    told.push({ key: "next", at: job.next_at, tone: "retrying", name: "Next attempt", text: "", isAhead: true });
  }
  return told.reverse();
}

const actions = { retry: "Retried", cancel: "Cancelled", pause: "Paused", resume: "Resumed" };

/** How it ended by itself; who cancelled it has been told. */
const ends = {
  done: { tone: "done", name: "Published", text: "The item is visible." },
  dead: { tone: "dead", name: "Given up",
    text: "Nothing more happens until it is retried by hand; the bytes are kept until they expire." },
};

const results = {
  done: "done", failed: "failed", waiting: "had to wait", stopped: "handed back by a worker that was stopped",
  lost: "worker lost", cancelled: "cancelled",
};

const tones = { done: "done", failed: "dead", lost: "dead", waiting: "retrying", running: "running" };

class Happening {
  constructor(event) {
    this.name = element("b");
    this.time = element("time");
    this.text = element("p");
    this.error = element("pre", { hidden: "" });
    this.phases = element("div", { class: "phases" });
    this.root = element("li", {}, element("div", { class: "line" }, this.name, this.time), this.text, this.phases,
      this.error);
    this.event = event;
  }

  update(event) {
    this.event = event;
    setText(this.time, event.isAhead ? `at ${moment(event.at)}` : moment(event.at));
    setAttribute(this.time, "datetime", event.at);
    setAttribute(this.time, "title", event.at);
    if (event.attempt) return this.showAttempt(event);
    this.root.className = event.tone;
    setText(this.name, event.name);
    setText(this.text, event.text);
  }

  showAttempt({ attempt, error, sameAs }) {
    const result = attempt.result ?? "running";
    this.root.className = tones[result] ?? "cancelled";
    const repeats = attempt.repeats > 1 ? ` to ${attempt.attempt + attempt.repeats - 1}` : "";
    setText(this.name, `Attempt ${attempt.attempt}${repeats}: ${results[result] ?? result}`);
    this.showPhases(attempt.phases ?? []);
    this.error.hidden = !error;
    this.error.classList.toggle("same", Boolean(sameAs));
    setText(this.error, sameAs ? `The same error as in attempt ${sameAs}.` : error ?? "");
    this.tick();
  }

  /** A bar for the phases' times to look at, and the same in words. */
  showPhases(told) {
    const key = told.map((one) => `${one.phase} ${one.seconds}`).join();
    if (this.phases.dataset.key === key) return;
    this.phases.dataset.key = key;
    const total = told.reduce((sum, one) => sum + one.seconds, 0);
    let from = 0;
    const bars = told.map((one) => {
      const width = total > 0 ? (one.seconds / total) * 100 : 0;
      const bar = drawing("rect", { class: one.phase, x: from, width, y: 0, height: 8 });
      from += width;
      return bar;
    });
    this.phases.replaceChildren(
      drawing("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars),
      ...told.map((one) => element("span", { class: `key ${one.phase}` }, `${one.phase} ${duration(one.seconds)}`)));
    this.phases.hidden = told.length === 0;
  }

  tick() {
    const attempt = this.event.attempt;
    if (!attempt) return;
    const end = attempt.ended_at ? Date.parse(attempt.ended_at) : now();
    const took = (end - Date.parse(attempt.started_at)) / 1000;
    setText(this.text, `${attempt.worker} · ${duration(attempt.ended_at ? took : Math.round(took))}`);
  }
}
