/** What the page shows stands in its address behind the `#`: a view can be linked to, and the way back works. */
import { age } from "./format.js";
import { states } from "./words.js";

const names = ["folder", "owner", "older_than", "b_size", "before", "after"];

/** `{ states, folder, owner, older_than, b_size, before, after, job }` */
export function readPlace() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const place = { states: (parameters.get("state") ?? "").split(",").filter((state) => states.includes(state)) };
  for (const name of names) place[name] = parameters.get(name) ?? "";
  const job = Number(parameters.get("job"));
  place.job = Number.isSafeInteger(job) && job > 0 ? job : null;
  return place;
}

export function addressOf(place) {
  const parameters = new URLSearchParams(filterOf(place));
  for (const name of ["b_size", "before", "after"]) if (place[name]) parameters.set(name, place[name]);
  if (place.job) parameters.set("job", place.job);
  return `#${String(parameters).replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

export function goTo(place) {
  if (addressOf(place) !== addressOf(readPlace())) location.hash = addressOf(place);
}

/** The filter as the API takes it. */
export function filterOf(place) {
  const filter = {};
  if (place.states.length > 0) filter.state = place.states.join(",");
  for (const name of ["folder", "owner", "older_than"]) if (place[name]) filter[name] = place[name];
  return filter;
}

export function queryOf(place) {
  const query = new URLSearchParams(filterOf(place));
  query.set("b_size", place.b_size || "25");
  if (place.before) query.set("before", place.before);
  else if (place.after) query.set("after", place.after);
  return query;
}

/** What runs longest, for the top of a first page that is not narrowed by state; of another page null. */
export function runningQueryOf(place) {
  if (place.states.length > 0 || place.before || place.after) return null;
  return queryOf({ ...place, states: ["running"], b_size: "10", after: "0" });
}

/** The filter in words, such as `dead, below /media`. */
export function filterInWords(place) {
  const words = [];
  if (place.states.length > 0) words.push(place.states.join(", ").replace(/, (?=\w+$)/, " or "));
  if (place.folder) words.push(`below ${place.folder}`);
  if (place.owner) words.push(`of ${place.owner}`);
  if (place.older_than) words.push(`older than ${age(Number(place.older_than))}`);
  return words.join(", ");
}
