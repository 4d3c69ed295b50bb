/**
 * What the page asks of the service. Every URL is relative to the page's own, so that it works behind a path prefix
 * and through `++api++`; credentials are the browser's.
 */
import { learnClock } from "./format.js";

/** Below the page's own place. */
const paths = {
  list: "", access: "access", stats: "stats", history: "history", workers: "workers", audit: "audit",
  events: "events", retry: "retry", cancel: "cancel", pause: "pause", resume: "resume",
};

const here = location.origin + location.pathname.replace(/[^/]*$/, "");

const url = (path, parameters) => `${here}${path}${parameters && `${parameters}` ? `?${parameters}` : ""}`;

/** What went wrong, with the server's own words. Status 0: no answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(target, options) {
  let response;
  try {
    response = await fetch(target, { ...options, headers: { Accept: "application/json", ...options?.headers } });
  } catch {
    throw new Refusal(0, "The server does not answer.");
  }
  learnClock(response.headers.get("Date"));
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) {
    const told = body?.message ?? body?.error?.message;
    throw new Refusal(response.status, told ?? `The server answers ${response.status}.`);
  }
  return body;
}

const get = (path, parameters) => ask(url(path, parameters));

const post = (path, body) =>
  ask(url(path), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const api = {
  access: () => get(paths.access),
  stats: () => get(paths.stats),
  history: () => get(paths.history),
  workers: () => get(paths.workers),
  /** What was done by hand, newest first. */
  audit: () => get(paths.audit, "b_size=100"),
  list: (parameters) => get(paths.list, parameters),
  job: (id) => get(String(id)),
  /** `retry` or `cancel` of one job. */
  act: (action, id) => post(`${id}/${paths[action]}`, {}),
  /** The same of all that a filter lets through; `dry` only counts them. */
  actOnAll: (action, filter, dry) => post(paths[action], { ...filter, dry_run: dry }),
  /** `pause` or `resume` of a folder, or without one of the whole queue. */
  steer: (action, folder) => post(paths[action], folder ? { folder } : {}),
  events: () => new EventSource(url(paths.events)),
};

/**
 * A link to a job's item, relative to this page: the API's URL is right where it knows its own public address, this one
 * everywhere.
 */
export function itemLink(job) {
  const own = `/@jobs/${job.id}`;
  if (!job.item || !job["@id"].endsWith(own)) return null;
  const base = job["@id"].slice(0, -own.length);
  return job.item.startsWith(`${base}/`) ? here + ".." + job.item.slice(base.length) : null;
}

/** The position that a link of a list's `batching` leads to. */
export function cursor(link) {
  const parameters = new URL(link, here).searchParams;
  return { before: parameters.get("before"), after: parameters.get("after") };
}
