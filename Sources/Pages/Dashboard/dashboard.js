/** The dashboard of the finalizer's jobs: what is shown, and what is asked for when. */
import { api, cursor } from "./api.js";
import { Audit } from "./audit.js";
import { hourCharts } from "./charts.js";
import { JobDetail } from "./detail.js";
import { help } from "./dialogs.js";
import { byID, setAttribute, setText } from "./elements.js";
import { Counts, Facts, needs, Notices, pace } from "./figures.js";
import { count, counted, moment, secondsSince } from "./format.js";
import * as keys from "./keys.js";
import { Events, Repeater } from "./live.js";
import { addressOf, filterOf, goTo, readPlace, queryOf, runningQueryOf } from "./place.js";
import { actOnAll, actOnOne, steer } from "./steering.js";
import { JobTable } from "./table.js";
import { ableTo, mayCancel, mayRetry, states } from "./words.js";
import { Workers } from "./workers.js";

/** What was last told. */
const known = {
  access: null, stats: null, workers: [], dead: [], audit: [], pace: null, list: null, troubles: new Map(),
  answered: Date.now(),
};
let place = readPlace();
let isHeld = false;
const maySteer = () => known.access?.may_steer === true;

const counts = new Counts((state) => filterBy({ states: toggled(place.states, state) }));
const facts = new Facts();
const charts = hourCharts(byID("charts"));
const workers = new Workers();
const audit = new Audit();
const table = new JobTable({
  open: (id) => goTo({ ...place, job: id }), href: (id) => addressOf({ ...place, job: id }),
  act: (action, job) => actOnOne(action, job, refresh), maySteer,
});
const detail = new JobDetail({
  act: (action, job) => actOnOne(action, job, refresh), close: () => goTo({ ...place, job: null }),
  pause: (folder) => steer("pause", folder, refresh), maySteer,
});
const notices = new Notices({
  show: (chosen) => filterBy({ states: chosen, folder: "", owner: "", older_than: "" }), maySteer,
  act: (action) => {
    if (action.reload) return location.reload();
    if (action.steer) return steer(...action.steer, refresh);
    return actOnAll(action.all, { states: ["dead"], folder: "", owner: "", older_than: "" }, refresh);
  },
});

// MARK: Asking

const events = new Events(tookEvent, () => {
  showLiveness();
  all.forEach((one) => one.schedule());
});
const often = (live, otherwise) => () => (isDenied(403) ? 60000 : events.state === "live" ? live : otherwise);
const asking = {
  stats: repeat("stats", often(20000, 3000), async () => showStats(await api.stats())),
  list: repeat("list", often(10000, 3000), fetchList),
  workers: repeat("workers", often(5000, 5000), async () => showWorkers((await api.workers()).items), 2000),
  history: repeat("history", often(20000, 20000), async () => showHistory((await api.history()).items)),
  audit: repeat("audit", often(30000, 30000), async () => showAudit((await api.audit()).items)),
  dead: repeat("dead", often(60000, 60000), fetchDead),
  job: repeat("job", often(5000, 3000), fetchJob),
  access: repeat("access", () => (known.access ? 60000 : 3000), learnAccess),
};
const all = Object.values(asking);

/**
 * Something that is asked again and again; what hinders it is shown until it works. A task that had nothing to ask
 * gives false.
 */
function repeat(name, idle, task, least = 1000) {
  return new Repeater(async () => {
    try {
      const isAnswered = (await task()) !== false;
      known.troubles.delete(name);
      if (isAnswered) {
        known.answered = Date.now();
        // Those that were not are asked anew at once.
        for (const other of known.troubles.keys()) asking[other].soon();
      }
    } catch (error) {
      known.troubles.set(name, error);
      // A browser asks for the password at each 401: it is not to ask again and again.
      if (error.status === 401) rest();
    }
    showLiveness();
    showNotices();
  }, { idle, least });
}

const isDenied = (...statuses) => [...known.troubles.values()].some((error) => statuses.includes(error.status));

/** Until the page is loaded again. */
function rest() {
  Repeater.areResting = true;
  events.end();
}

function refresh() {
  all.forEach((one) => one.soon());
}

/** A job is shown at once where it is listed; whether it is to be listed, the list tells. */
function tookEvent(name, data) {
  if (name === "stats" && data?.counts) return showStats(data);
  if (name === "reset") return refresh();
  if (!isHeld) asking.list.soon();
  asking.workers.soon();
  if (!data?.id) return;
  if (!isHeld) table.take(data);
  if (data.id === place.job) asking.job.soon();
}

async function fetchList() {
  if (isHeld) return false;
  const asked = place;
  try {
    const query = runningQueryOf(asked);
    const [list, running] = await Promise.all([api.list(queryOf(asked)), query ? api.list(query) : null]);
    // What is done in a moment would only come and go.
    if (asked === place) showList(list, running?.items.filter((job) => secondsSince(job.started_at) > 2));
    tellMistake(null);
  } catch (error) {
    // A filter that names nothing is the asker's to mend, not a trouble of the service.
    if (error.status !== 400) throw error;
    tellMistake(error.message);
    if (asked === place) showList({ items: [], items_total: 0 });
  }
}

/** Why jobs died, of the newest ones. */
async function fetchDead() {
  const areDead = known.stats?.counts.dead > 0;
  known.dead = areDead ? (await api.list("state=dead&b_size=50")).items : [];
  return areDead;
}

async function fetchJob() {
  const id = place.job;
  if (!id) return false;
  try {
    detail.show(await api.job(id));
  } catch (error) {
    if (error.status !== 404) throw error;
    if (detail.id === id) detail.fail(`There is no job ${id} any more.`);
  }
}

// MARK: Showing

function showStats(stats) {
  if (known.stats?.counts.dead !== stats.counts.dead) asking.dead.soon();
  if (known.stats && known.stats.paused !== stats.paused) asking.audit.soon();
  known.stats = stats;
  counts.show(stats.counts);
  facts.show(stats, known.pace);
  document.title = `${stats.counts.dead ? `(${count(stats.counts.dead)} dead) ` : ""}Finalizer jobs – Tussock`;
  setText(byID("pause-verb"), stats.paused ? "Resume" : "Pause");
  byID("pause").hidden = !maySteer();
  showNotices();
}

function showWorkers(told) {
  known.workers = told;
  workers.show(told);
  showNotices();
}

function showHistory(minutes) {
  charts.show(minutes);
  known.pace = pace(minutes);
  if (known.stats) facts.show(known.stats, known.pace);
}

function showAudit(entries) {
  known.audit = entries;
  audit.show(entries);
}

function showNotices() {
  const told = needs(known);
  const [trouble] = known.troubles.values();
  if (isDenied(401)) {
    told.unshift({ key: "trouble", tone: "bad", text: "You are not logged in any more, or your password has changed.",
      action: { name: "Log in", reload: true } });
  } else if (trouble) {
    const since = known.stats ? ` What is shown is of ${moment(known.answered)}.` : "";
    told.unshift({ key: "trouble", tone: "bad", text: `${trouble.message}${since}` });
  }
  document.body.classList.toggle("blind", isDenied(401, 403) && !known.stats);
  notices.show(told);
}

const livenesses = {
  live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", polling: "Polling", held: "Held",
  offline: "No answer", denied: "No access",
};

function showLiveness() {
  const isAway = [...known.troubles.values()].some((error) => error.status === 0 || error.status >= 500);
  const state = isDenied(401, 403) ? "denied" : isAway ? "offline" : isHeld ? "held" : events.state;
  byID("live").dataset.live = state;
  setText(byID("live"), livenesses[state]);
  setAttribute(byID("live"), "aria-pressed", String(isHeld));
}

function showList(list, running = []) {
  known.list = list;
  const isFiltered = Object.keys(filterOf(place)).length > 0;
  table.show(list.items, running,
    isFiltered ? "No job matches the filters." : "No jobs yet. Each finished upload makes one.");
  table.markOpen(place.job);
  const total = (list.items_total_exact === false ? "more than " : "") + counted(list.items_total, "job");
  setText(byID("total"), list.items.length < list.items_total ? `${count(list.items.length)} of ${total}` : total);
  setText(byID("caption"), `Jobs, newest first; ${total}`);
  const links = list.batching ?? {};
  byID("older").disabled = byID("last").disabled = !links.next;
  byID("newer").disabled = byID("first").disabled = !links.prev;
  showBulk();
}

const isFolderPaused = () => known.stats?.paused_folders?.includes(place.folder) === true;

function showBulk() {
  const isFiltered = Object.keys(filterOf(place)).length > 0;
  const isSteerable = (action) => isFiltered
    && (place.states.length === 0 || place.states.some((state) => ableTo[action].includes(state)));
  byID("retry-all").hidden = !isSteerable("retry");
  byID("cancel-all").hidden = !isSteerable("cancel");
  const isNone = !known.list?.items_total;
  for (const id of ["retry-all", "cancel-all"]) byID(id).hidden ||= isNone;
  const isMistaken = !byID("filter-mistake").hidden;
  byID("pause-folder").hidden = !place.folder || place.folder === "/" || isMistaken;
  setText(byID("pause-folder"), isFolderPaused() ? "Resume folder" : "Pause folder");
  byID("bulk").hidden = !maySteer() || [...byID("bulk").children].every((button) => button.hidden);
}

function tellMistake(message) {
  byID("filter-mistake").hidden = !message;
  setText(byID("filter-mistake"), message ?? "");
  setAttribute(byID("filters").elements.folder, "aria-invalid", message && place.folder ? "true" : null);
}

function showPlace() {
  counts.press(place.states);
  const form = byID("filters").elements;
  for (const name of ["folder", "owner", "older_than", "b_size"]) {
    const value = name === "b_size" ? place[name] || "25" : place[name];
    if (form[name] !== document.activeElement || name !== "folder") form[name].value = value;
  }
  byID("clear").hidden = Object.keys(filterOf(place)).length === 0;
  const before = detail.id;
  if (place.job && place.job !== before) {
    detail.open(place.job, known.list?.items.find((job) => job.id === place.job));
    asking.job.soon();
  } else if (!place.job && detail.isOpen) {
    detail.close();
    table.focus(before);
  }
  table.markOpen(place.job);
}

// MARK: Moving about

const toggled = (chosen, state) =>
  (chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]);

function filterBy(changes) {
  goTo({ ...place, ...changes, before: "", after: "" });
}

function turn(link) {
  if (!link) return;
  const { before, after } = cursor(link);
  goTo({ ...place, before: before ?? "", after: after ?? "" });
}

const links = () => known.list?.batching ?? {};
const older = () => turn(links().next);
const newer = () => turn(links().prev);

function hold() {
  isHeld = !isHeld;
  showLiveness();
  if (!isHeld) refresh();
}

const steerQueue = () => maySteer() && known.stats && steer(known.stats.paused ? "resume" : "pause", null, refresh);

function actOnChosen(action, may) {
  const job = table.focused ?? detail.job;
  if (job && maySteer() && may(job)) actOnOne(action, job, refresh);
}

/** On to the next row; with a job open, that one is opened. */
function step(by) {
  const job = table.move(by, place.job);
  if (job && detail.isOpen) goTo({ ...place, job: job.id });
}

const bindings = [
  { keys: ["j", "k"], name: "to the next and the previous job; Enter opens it",
    run: (key) => step(key === "j" ? 1 : -1) },
  { keys: ["Esc"], name: "close the open job", run: () => detail.isOpen && goTo({ ...place, job: null }) },
  { keys: ["r", "c"], name: "retry or cancel the job with the focus, or the open one",
    run: (key) => (key === "r" ? actOnChosen("retry", mayRetry) : actOnChosen("cancel", mayCancel)) },
  { keys: ["1", "2", "3", "4", "5", "6"], name: `show ${states.join(", ")} jobs, or not`,
    run: (key) => filterBy({ states: toggled(place.states, states[key - 1]) }) },
  { keys: ["0"], name: "clear the filters", run: () => byID("clear").click() },
  { keys: ["/"], name: "filter by folder", run: () => byID("filters").elements.folder.focus() },
  { keys: ["n", "p"], name: "older and newer jobs", run: (key) => (key === "n" ? older() : newer()) },
  { keys: ["h"], name: "hold the list still, or let it follow", run: hold },
  { keys: ["q"], name: "pause or resume the queue", run: steerQueue },
  { keys: ["?"], name: "this list", run: showHelp },
];

function showHelp() {
  help(bindings, keys.setting);
}

function connectButtons() {
  const form = byID("filters");
  const read = () => filterBy(Object.fromEntries(["folder", "owner", "older_than", "b_size"].map((name) =>
    [name, name === "folder" ? asPath(form.elements[name].value.trim()) : form.elements[name].value.trim()])));
  form.addEventListener("change", read);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    read();
  });
  const on = (id, run) => byID(id).addEventListener("click", run);
  on("clear", () => filterBy({ states: [], folder: "", owner: "", older_than: "" }));
  on("older", older);
  on("newer", newer);
  on("first", () => goTo({ ...place, before: "", after: "" }));
  on("last", () => turn(links().last));
  on("live", hold);
  on("pause", steerQueue);
  on("help", showHelp);
  on("retry-all", () => actOnAll("retry", place, refresh));
  on("pause-folder", () => steer(isFolderPaused() ? "resume" : "pause", place.folder, refresh));
  on("cancel-all", () => actOnAll("cancel", place, refresh));
  on("skip", (event) => {
    event.preventDefault();
    byID("jobs").focus();
  });
}

const asPath = (text) => (text && !text.startsWith("/") ? `/${text}` : text);

async function learnAccess() {
  const isNew = known.access === null;
  known.access = await api.access();
  document.body.classList.toggle("readonly", !maySteer());
  setText(byID("who"), `${known.access.user}${maySteer() ? "" : " · read-only"}`);
  if (isNew) refresh();
}

function start() {
  connectButtons();
  keys.listen(bindings);
  byID("hour").open = matchMedia("(min-width: 761px)").matches;
  addEventListener("hashchange", () => {
    place = readPlace();
    showPlace();
    asking.list.run();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  setInterval(() => {
    if (document.hidden) return;
    for (const one of [table, detail, workers, audit]) one.tick();
  }, 1000);
  showPlace();
  events.start();
  refresh();
}

start();
