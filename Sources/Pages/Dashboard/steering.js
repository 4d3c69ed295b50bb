/** Retry, cancel, pause and resume: asked for, confirmed, done, told. */
import { api } from "./api.js";
import { ask, say } from "./dialogs.js";
import { bytes, counted } from "./format.js";
import { filterInWords, filterOf } from "./place.js";
import { ableTo } from "./words.js";

const consequences = {
  retry: "They are queued again, with all their attempts before them.",
  cancel: "The bytes are kept until they expire; until then a cancelled job can be retried.",
};

const done = { retry: "retried", cancel: "cancelled", pause: "paused", resume: "resumed" };

async function run(body, told, after) {
  try {
    say(told(await body()));
  } catch (error) {
    say(error.message, "bad");
  }
  after();
}

export async function actOnOne(action, job, after) {
  const what = `${job.filename} (job ${job.id}, ${bytes(job.bytes_total)}, ${job.state})`;
  const isSure = await ask({
    title: action === "retry" ? "Retry this job?" : "Cancel this job?",
    text: action === "retry"
      ? `${what} is queued again and starts as soon as a worker is free.`
      : `${what} is stopped and makes no item. ${consequences.cancel}`,
    verb: action === "retry" ? "Retry" : "Cancel the job", danger: action === "cancel",
  });
  if (isSure) await run(() => api.act(action, job.id), () => `Job ${job.id} is ${done[action]}.`, after);
}

/** All that the place's filter lets through; the number is found out first and said. */
export async function actOnAll(action, place, after) {
  const able = ableTo[action];
  const chosen = place.states.length > 0 ? place.states.filter((state) => able.includes(state)) : able;
  const filter = filterOf({ ...place, states: chosen });
  const which = filterInWords({ ...place, states: chosen });
  const verb = action === "retry" ? "Retry" : "Cancel";
  const isSure = await ask({
    title: `${verb} all these jobs?`, text: "Counting …", verb: `${verb} all`, danger: action === "cancel",
    fill: async (tell) => {
      try {
        const { matched, more } = await api.actOnAll(action, filter, true);
        if (matched === 0) {
          tell({ text: `There are none now (${which}).` });
          return false;
        }
        const rest = more ? " There are more; the same again goes on with them." : "";
        const jobs = counted(matched, "job");
        tell({ title: `${verb} ${jobs}?`, verb: `${verb} ${jobs}`,
          text: `All that are ${which}. ${consequences[action]}${rest}` });
        return true;
      } catch (error) {
        tell({ text: error.message });
        return false;
      }
    },
  });
  if (!isSure) return;
  await run(() => api.actOnAll(action, filter, false),
    (answer) => `${counted(answer.changed, "job")} ${done[action]}.${refusals(answer)}`, after);
}

/** Of those that changed their state meanwhile, or whose bytes are gone. */
function refusals({ refused_total: number, refused }) {
  return number > 0 ? ` ${counted(number, "job")} refused, such as job ${refused[0].id}: ${refused[0].message}.` : "";
}

/** `pause` or `resume`; without a folder the whole queue. */
export async function steer(action, folder, after) {
  const what = folder ? `${folder} and all below it` : "the queue";
  const isSure = await ask({
    title: action === "pause" ? `Pause ${what}?` : `Resume ${what}?`,
    text: action === "pause"
      ? "Running jobs go on to their end; no other is started until resumed. Uploads are taken as before."
      : "Waiting jobs are started again.",
    verb: action === "pause" ? "Pause" : "Resume",
  });
  const name = folder ?? "The queue";
  if (isSure) await run(() => api.steer(action, folder), () => `${name} is ${done[action]}.`, after);
}
