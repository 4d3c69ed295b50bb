/** Figures as people read them. */

const whole = new Intl.NumberFormat("en");

export const count = (number) => whole.format(number);

/** `1 job`, `2 jobs`. */
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(number) {
  let [value, unit] = [number, 0];
  while (value >= 1023.5 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number(value.toFixed(unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2))} ${units[unit]}`;
}

/** Seconds as the two largest units that matter. */
export function duration(seconds) {
  const value = Math.max(0, seconds);
  if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
  if (value < 9.95) return `${Number(value.toFixed(1))} s`;
  const rounded = Math.round(value);
  if (rounded < 60) return `${rounded} s`;
  const [large, small, first, second] =
    rounded < 3600 ? [60, 1, "min", "s"] : rounded < 86400 ? [3600, 60, "h", "min"] : [86400, 3600, "d", "h"];
  const [most, rest] = [Math.floor(rounded / large), Math.floor((rounded % large) / small)];
  return rest === 0 ? `${most} ${first}` : `${most} ${first} ${rest} ${second}`;
}

/** The same for what grows while one looks: whole seconds, whole minutes. */
export function age(seconds) {
  const value = Math.max(0, Math.floor(seconds));
  if (value < 60) return `${value} s`;
  return duration(value < 3600 ? value - (value % 60) : value < 86400 ? value - (value % 60) : value - (value % 3600));
}

/** How far the server's clock is ahead of this one, milliseconds; ages are told by the server's. */
let ahead = 0;

export function learnClock(date) {
  const told = Date.parse(date ?? "");
  // The field has whole seconds.
  if (Number.isFinite(told)) ahead = Math.abs(told - Date.now()) > 2000 ? told - Date.now() : 0;
}

export const now = () => Date.now() + ahead;

export const secondsSince = (time) => (now() - Date.parse(time)) / 1000;

/** A time of today as such, else with its date. */
export function moment(time) {
  const date = new Date(time);
  const clock = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? clock : `${date.toLocaleDateString("en-CA")} ${clock}`;
}
