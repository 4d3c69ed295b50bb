/** How the page stays up to date: events while they come, and asking again all the time, more often without them. */
import { api } from "./api.js";

/** Runs a task again and again, one run at a time, and sooner when asked. Rests while nobody looks at the page. */
export class Repeater {
  /** All of them, for good. */
  static areResting = false;

  /** @param {{ idle: () => number, least: number }} pace milliseconds between two runs; at least, if asked. */
  constructor(task, { idle, least }) {
    Object.assign(this, { task, idle, least, timer: null, isRunning: false, isAsked: false, last: 0 });
  }

  soon() {
    this.isAsked = true;
    if (!this.isRunning) this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    if (document.hidden || Repeater.areResting) return;
    const pause = this.isAsked ? this.least : this.idle();
    this.timer = setTimeout(() => this.run(), Math.max(0, pause - (performance.now() - this.last)));
  }

  async run() {
    if (this.isRunning) return this.soon();
    clearTimeout(this.timer);
    [this.isRunning, this.isAsked, this.last] = [true, false, performance.now()];
    try {
      await this.task();
    } finally {
      this.isRunning = false;
      this.schedule();
    }
  }
}

/** The server's events `job`, `stats` and `reset`. `state` is `live`, `reconnecting` or `polling` (it sends none). */
export class Events {
  /** How long to do without after a refusal, milliseconds. */
  static pause = 15000;

  constructor(onEvent, onState) {
    Object.assign(this, { onEvent, onState, state: "connecting", source: null, timer: null });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
    this.isEnded = false;
  }

  start() {
    this.stop();
    if (this.isEnded) return;
    this.source = api.events();
    this.source.onopen = () => this.become("live");
    this.source.onerror = () => this.failed();
    for (const name of ["job", "stats", "reset"]) {
      this.source.addEventListener(name, (event) => this.take(name, event.data));
    }
  }

  /** A hidden page holds no connection: a browser has only six of them for a server. */
  stop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** For good. */
  end() {
    this.isEnded = true;
    this.stop();
  }

  failed() {
    if (this.source?.readyState !== EventSource.CLOSED) return this.become("reconnecting");
    this.become("polling");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !document.hidden && this.start(), Events.pause);
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }

  take(name, text) {
    let data = null;
    try {
      data = JSON.parse(text);
    } catch {
      // Not for this version of the page; that something happened is told all the same.
    }
    this.onEvent(name, data);
  }
}
