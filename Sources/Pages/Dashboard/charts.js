/** Small charts of the last hour, a minute a step, drawn as SVG. */
import { drawing, element, setText } from "./elements.js";
import { bytes, count, duration, now } from "./format.js";

const minute = 60000;
const steps = 60;
const frame = { left: 56, right: 8, top: 8, bottom: 18, height: 116 };

/** The last 60 minutes, with nulls where nothing was done; the last one is not over yet. */
function lastHour(items) {
  const known = new Map(items.map((item) => [Math.floor(Date.parse(item.minute) / minute), item]));
  const end = Math.floor(now() / minute);
  return Array.from({ length: steps }, (_, index) => {
    const at = end - steps + 1 + index;
    return { time: new Date(at * minute), item: known.get(at) ?? null, isOver: at < end };
  });
}

/** The next of 1, 2, 5, 10, 20, … (of the unit) that is not smaller. */
function roundedUp(value, unit = 1) {
  const scale = 10 ** Math.floor(Math.log10(value / unit));
  const top = [1, 2, 5, 10].map((step) => step * scale).find((step) => step * unit >= value * 0.999);
  return (unit > 1 && top === 1000 ? 1024 : top) * unit;
}

/** From 0 up. */
function linear(most, format, isBinary) {
  const unit = isBinary && most > 0 ? 1024 ** Math.floor(Math.log2(most) / 10) : 1;
  const top = most > 0 ? Math.max(roundedUp(most, unit), isBinary ? 1024 : 2) : isBinary ? 1024 : 2;
  return { share: (value) => value / top, ticks: [0, top / 2, top].map((value) => [value, format(value)]) };
}

/** Seconds by their order of size: of latencies the small ones matter as much as the large. */
function logarithmic(least, most) {
  const ladder = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 36000, 86400, 864000];
  const above = ladder.findIndex((step) => step >= most);
  const high = Math.max(above < 0 ? ladder.length - 1 : above, 2);
  const low = Math.max(0, Math.min(high - 2, ladder.findLastIndex((step) => step <= least)));
  const stride = high - low > 4 ? 2 : 1;
  const ticks = ladder.slice(low, high + 1).filter((_, index) => (high - low - index) % stride === 0);
  const [floor, span] = [Math.log10(ladder[low]), Math.log10(ladder[high] / ladder[low])];
  return {
    share: (value) => (Math.log10(Math.max(value, ladder[low])) - floor) / span,
    ticks: ticks.map((step) => [step, duration(step)]),
  };
}

class HourChart {
  /** @param series `{ name, value(item) → number or null, tone }`, drawn as `bars` (one) or `lines`. */
  constructor({ title, kind, series, format, total }) {
    Object.assign(this, { title, kind, series, format, total, hour: lastHour([]), chosen: null });
    this.readout = element("output", { class: "readout" });
    this.picture = drawing("svg", { role: "img", tabindex: 0, height: frame.height });
    const legend = series.length === 1 ? []
      : series.map((one) => element("span", { class: `key ${one.tone}` }, one.name));
    this.root = element("figure", {}, element("figcaption", {}, element("b", {}, title), ...legend, this.readout),
      this.picture);
    this.picture.addEventListener("pointermove", (event) => this.choose(this.stepAt(event)));
    this.picture.addEventListener("pointerleave", () => this.choose(null));
    this.picture.addEventListener("blur", () => this.choose(null));
    this.picture.addEventListener("keydown", (event) => this.move(event));
    new ResizeObserver(() => this.draw()).observe(this.picture);
  }

  show(items) {
    this.hour = lastHour(items);
    this.draw();
  }

  values(step) {
    return this.series.map((one) => (step.item ? one.value(step.item) : this.kind === "bars" ? 0 : null));
  }

  draw() {
    const width = this.picture.clientWidth;
    if (width === 0) return;
    this.span = (width - frame.left - frame.right) / steps;
    const told = this.hour.flatMap((step) => this.values(step)).filter((value) => value !== null);
    const most = Math.max(0, ...told);
    const scale = this.kind === "bars"
      ? linear(most, this.format, this.format === bytes) : logarithmic(Math.min(0.1, ...told), Math.max(most, 1));
    this.y = (value) => {
      const inner = frame.height - frame.top - frame.bottom;
      return frame.top + inner * (1 - Math.min(1, Math.max(0, scale.share(value))));
    };
    this.cursor = drawing("rect", { class: "cursor", y: frame.top, width: this.span,
      height: frame.height - frame.top - frame.bottom, visibility: "hidden" });
    this.picture.setAttribute("viewBox", `0 0 ${width} ${frame.height}`);
    this.picture.replaceChildren(...this.grid(scale, width), this.cursor,
      ...(this.kind === "bars" ? this.bars() : this.lines()));
    this.picture.setAttribute("aria-label", this.summary(told));
    this.choose(this.chosen);
  }

  grid(scale, width) {
    const levels = scale.ticks.flatMap(([value, label]) => [
      drawing("line", { class: "grid", x1: frame.left, x2: width - frame.right, y1: this.y(value), y2: this.y(value) }),
      drawing("text", { x: frame.left - 6, y: this.y(value) + 4, "text-anchor": "end" }, label),
    ]);
    const every = this.span * 15 < 48 ? 30 : 15;
    const times = this.hour.flatMap((step, index) => {
      const x = frame.left + index * this.span;
      if (step.time.getMinutes() % every !== 0 || x < frame.left + 18 || x > width - 30) return [];
      return [drawing("text", { x, y: frame.height - 4, "text-anchor": "middle" }, clock(step.time))];
    });
    return [...levels, ...times];
  }

  bars() {
    const [base, gap] = [this.y(0), this.span > 4 ? 1 : 0.5];
    return this.hour.flatMap((step, index) => {
      const [value] = this.values(step);
      if (!value) return [];
      const top = Math.min(this.y(value), base - 1);
      return [drawing("rect", { class: `bar ${this.series[0].tone}${step.isOver ? "" : " open"}`,
        x: frame.left + index * this.span + gap / 2, y: top, width: this.span - gap, height: base - top })];
    });
  }

  /** A line breaks where nothing was done; a point alone is a dot. */
  lines() {
    return this.series.flatMap((one, number) => {
      const parts = [];
      this.hour.forEach((step, index) => {
        const value = this.values(step)[number];
        const [before] = index > 0 ? [this.values(this.hour[index - 1])[number]] : [null];
        if (value === null) return;
        const point = `${(frame.left + (index + 0.5) * this.span).toFixed(1)},${this.y(value).toFixed(1)}`;
        if (before === null) parts.push([point]);
        else parts.at(-1).push(point);
      });
      return parts.map((points) => {
        if (points.length > 1) return drawing("path", { class: `line ${one.tone}`, d: `M${points.join("L")}` });
        const [cx, cy] = points[0].split(",");
        return drawing("circle", { class: `bar ${one.tone}`, cx, cy, r: 2.5 });
      });
    });
  }

  summary(told) {
    if (told.every((value) => value === 0)) return `${this.title}: nothing in the last hour`;
    const parts = this.series.map((one, number) => {
      const values = this.hour.map((step) => this.values(step)[number]).filter((value) => value !== null);
      return `${one.name} from ${this.format(Math.min(...values))} to ${this.format(Math.max(...values))}`;
    });
    return `${this.title}, the last hour: ${parts.join("; ")}. Arrow keys tell each minute.`;
  }

  stepAt(event) {
    const x = event.clientX - this.picture.getBoundingClientRect().left - frame.left;
    return Math.min(steps - 1, Math.max(0, Math.floor(x / this.span)));
  }

  move(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.choose(Math.min(steps - 1, Math.max(0, (this.chosen ?? steps) + by)));
  }

  choose(index) {
    this.chosen = index;
    this.cursor?.setAttribute("visibility", index === null ? "hidden" : "visible");
    if (index === null) return setText(this.readout, this.total(this.hour));
    this.cursor?.setAttribute("x", frame.left + index * this.span);
    const step = this.hour[index];
    const told = this.values(step).map((value, number) =>
      `${this.series.length > 1 ? `${this.series[number].name} ` : ""}${value === null ? "–" : this.format(value)}`);
    setText(this.readout, `${clock(step.time)}  ${told.join(" · ")}`);
  }
}

const clock = (date) => date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const sum = (hour, value) => hour.reduce((total, step) => total + (step.item ? value(step.item) : 0), 0);

/** The three charts; `show(items)` gives them the minutes of `history`. */
export function hourCharts(place) {
  const charts = [
    new HourChart({ title: "Items per minute", kind: "bars", format: count,
      series: [{ name: "items", value: (item) => item.done, tone: "done" }],
      total: (hour) => `${count(sum(hour, (item) => item.done))} in the hour` }),
    new HourChart({ title: "Bytes per minute", kind: "bars", format: bytes,
      series: [{ name: "bytes", value: (item) => item.bytes, tone: "running" }],
      total: (hour) => `${bytes(sum(hour, (item) => item.bytes))} in the hour` }),
    new HourChart({ title: "Last byte to visible", kind: "lines", format: duration,
      series: [
        { name: "p50", value: (item) => item.visible_seconds.p50, tone: "done" },
        { name: "p99", value: (item) => item.visible_seconds.p99, tone: "retrying" },
      ],
      total: () => "" }),
  ];
  place.append(...charts.map((chart) => chart.root));
  return { show: (items) => charts.forEach((chart) => chart.show(items)) };
}
