/** What states, waits and results are called on the page, and what may be done in them. */
import { age, duration, now, secondsSince } from "./format.js";
import { element } from "./elements.js";

export const states = ["queued", "running", "retrying", "dead", "done", "cancelled"];

const marks = { queued: "○", running: "▸", retrying: "↻", dead: "✕", done: "✓", cancelled: "–" };

export const isEnded = (state) => ["done", "dead", "cancelled"].includes(state);

/** Which actions by hand a job's state allows. */
export const ableTo = { retry: ["dead", "cancelled", "retrying"], cancel: ["queued", "running", "retrying"] };

export const mayRetry = (job) => ableTo.retry.includes(job.state);
export const mayCancel = (job) => ableTo.cancel.includes(job.state);

/** A state by mark, colour and word: never by colour alone. */
export function badge(state) {
  const mark = element("span", { "aria-hidden": "true" }, marks[state] ?? "?");
  return element("span", { class: `badge ${state}` }, mark, state);
}

/** Workers that have fallen silent, by name: what they run goes to others. */
export const silent = new Set();

const waits = {
  resume: "paused",
  space: "waits for free space on the volume",
  volume: "waits for the volume",
  parts: "waits for the other parts",
};

export const waiting = (reason) => waits[reason] ?? `waits for ${reason}`;

const until = (time) => {
  const seconds = (Date.parse(time) - now()) / 1000;
  return seconds > 0.5 ? `in ${age(Math.ceil(seconds))}` : "now";
};

/** What a job does or why it does not, in one line. */
export function situation(job) {
  switch (job.state) {
    case "queued": return job.waiting_for ? waiting(job.waiting_for) : "waits for a worker";
    case "running": if (silent.has(job.worker)) return "its worker is lost; goes to another";
      return [job.phase ?? "starts", percent(job), left(job)].filter(Boolean).join(" · ");
    case "retrying": {
      const why = job.waiting_for ? waiting(job.waiting_for) : job.error?.message;
      if (job.waiting_for === "resume") return [why, job.error?.message].filter(Boolean).join(" · ");
      return [`again ${until(job.next_at)}`, why].filter(Boolean).join(" · ");
    }
    case "done": return `visible after ${duration((Date.parse(job.finished_at) - Date.parse(job.queued_at)) / 1000)}`;
    case "dead": return [job.error?.class, job.error?.message].filter(Boolean).join(": ") || "given up";
    default: return job.finished_at ? `${age(secondsSince(job.finished_at))} ago` : "";
  }
}

/** Seconds that nobody can know exactly: from two minutes on whole minutes. */
export const rough = (seconds) => (seconds < 120 ? duration(Math.max(1, Math.round(seconds))) : age(seconds + 30));

export const share = (job) => (job.bytes_total > 0 ? Math.min(1, job.bytes_done / job.bytes_total) : 0);

export const percent = (job) => (job.bytes_total > 0 ? `${Math.floor(share(job) * 100)} %` : "");

export function left(job) {
  const seconds = job.eta_seconds;
  if (seconds === null || seconds === undefined || share(job) >= 1) return "";
  return `${rough(seconds)} left`;
}
