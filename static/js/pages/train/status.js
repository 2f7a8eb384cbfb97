/** How far the run is, in numbers, and what can be told to it. */

import { button, element, setText } from "../../shared/element.js";
import { formatFixed, formatInteger, formatPercent, formatShort } from "../../shared/format.js";
import { term } from "../../shared/term.js";

/** @typedef {import("../../types.js").Run} Run */

/** @type {Record<import("./types.js").RunState, string>} */
const STATES = {
  starting: "Starting: reading the data",
  running: "Training",
  paused: "Paused",
  measuring: "Measuring on the held-out pictures",
  finished: "Finished",
  learned_nothing: "Learned nothing",
  stopped: "Stopped",
  diverged: "Diverged",
  failed: "Failed",
  crashed: "Crashed",
  interrupted: "Interrupted",
};
const BAD = ["learned_nothing", "diverged", "failed", "crashed", "interrupted"];
const IDLE = "Nothing is being trained. Choose a network and start: its curves, its first layer and \
what it makes of a sample picture change here as it learns.";

const ELSEWHERE = "Started at the command line of the server's machine. Stop it there with Ctrl-C; \
--resume goes on.";

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address}}
 *   parts
 */
export function createStatus(parent, { session, address }) {
  const state = element("strong", { class: "train-state" });
  const subject = element("span", { class: "train-subject" });
  const bar = element("progress", { attributes: { max: 1, value: 0, "aria-label": "Training" } });
  const names = ["step", "epoch", "loss", "accuracy", "pictures/s", "time left"];
  const cells = names.map((name) => ({
    name,
    value: element("dd", { class: "figure", text: "–", attributes: { "data-name": name } }),
  }));
  const numbers = element(
    "dl",
    { class: "train-numbers" },
    ...cells.map(({ name, value }) => element("div", {}, element("dt", {}, name === "loss" ? term("cross-entropy", name) : name), value)),
  );
  const pause = button("Pause", () => {
    session.tell(session.get().run?.state === "paused" ? "resume" : "pause");
  });
  const step = button("Step", () => session.tell("step"), {
    title: "Take one step, then pause",
  });
  const finish = button("Finish now", () => session.tell("finish"), {
    title: "End here, measure, and keep the network as it is",
  });
  const stop = button("Stop", () => session.stop(), {
    title: "End here; the checkpoints so far are kept",
  });
  const controls = element("div", { class: "toolbar" }, pause, step, finish, stop);
  const outcome = element("p", { class: "train-outcome", attributes: { role: "status" } });
  const chance = element("p", { class: "train-chance", attributes: { role: "status" } });
  const problem = element("div", { class: "notice notice-problem", attributes: { role: "alert" } });
  parent.append(
    element(
      "div",
      { class: "train-status-head" },
      element("div", { class: "train-headline" }, state, subject),
      controls,
    ),
    bar,
    numbers,
    outcome,
    chance,
    problem,
  );

  /** @param {Run | null} run */
  function describe(run) {
    if (!run) return "";
    const { architecture, data, engine, optimiser, learning_rate, schedule, batch_size, scale } =
      run.choice;
    const settings = [
      optimiser,
      learning_rate === null ? [] : `${schedule === "constant" ? "constant " : ""}rate ${learning_rate}`,
      scale === null ? [] : `scale ${scale}`,
      batch_size === null ? "all pictures in every step" : `batches of ${batch_size}`,
    ];
    const offered = session.get().offer?.data.find(({ name }) => name === data)?.title;
    const on = data.startsWith("own:") ? (offered ?? "own pictures that are gone").split(":")[0] : data;
    return `${architecture} on ${on} with ${engine}: ${settings.flat().join(", ")}`;
  }

  function showNumbers() {
    const { run, points } = session.get();
    const last = points.at(-1);
    const total = run?.steps_total ?? null;
    /** @type {Record<string, string>} */
    const texts = { step: "–", epoch: "–", loss: "–", accuracy: "–" };
    if (run && total !== null) {
      texts.step = `${formatInteger(run.step)} of ${formatInteger(total)}`;
      texts.epoch = `${last?.epoch ?? 0} of ${run.choice.epochs}`;
    }
    if (run && last) {
      texts.loss = formatFixed(last.loss, 3);
      texts.accuracy = formatPercent(last.accuracy);
      texts["pictures/s"] = formatInteger(Math.round(last.examples_per_second));
      const step_pictures = run.choice.batch_size ?? run.training_pictures ?? 0;
      const left = ((total ?? 0) - last.step) * step_pictures;
      if (run.state === "running" && last.examples_per_second > 0) {
        texts["time left"] = duration(left / last.examples_per_second);
      }
    }
    for (const { name, value } of cells) value.textContent = texts[name] ?? "–";
    const rate = last && last.learning_rate !== null ? `, rate ${formatShort(last.learning_rate)}` : "";
    cells[2].value.title = last ? `${last.loss} nats${rate}` : "";
    bar.value = run && total ? run.step / total : 0;
  }

  function showOutcome() {
    const { run, is_cut_off, offer } = session.get();
    const is_bad = run !== null && BAD.includes(run.state);
    outcome.classList.toggle("is-wrong", is_bad || is_cut_off);
    if (run && !is_cut_off && showLoading(run)) return;
    if (is_cut_off) outcome.textContent = "The server does not answer; trying again …";
    else if (run?.detail) outcome.textContent = run.detail;
    else if (run?.is_going_on && run.origin === "command_line") outcome.textContent = ELSEWHERE;
    else if (run === null && offer && !offer.allowed) {
      outcome.textContent = "This server does not train (CONVSCOPE_TRAINING_ALLOWED).";
    } else if (run === null) outcome.textContent = IDLE;
    else outcome.textContent = run.skipped_pictures
      ? `${formatInteger(run.skipped_pictures)} pictures could not be read and were left out.`
      : "";
  }

  /** How the held-out pictures were read after the last epoch, against not looking at them. */
  function showChance() {
    const { run } = session.get();
    const { last_epoch: last = null, chance: level = null } = run ?? {};
    const classes = run?.class_names?.length ?? 0;
    const is_at_chance = last !== null && last.epoch > 0 && last.is_at_chance;
    chance.classList.toggle("is-wrong", is_at_chance);
    if (!run || !last || !level) {
      setText(chance, "");
      return;
    }
    const guess = level.is_balanced ? `one of ${classes} classes` : "the most frequent class";
    const [share, by_chance] = [last.accuracy, level.accuracy].map(formatPercent);
    const what = `${share} of ${formatInteger(run.held_out_pictures ?? 0)} held-out pictures`;
    const judged = "a binomial test on one side at 5 %";
    if (run.held_out_accuracy !== null) {
      // The sentence before has told how many were right.
      const told = is_at_chance ? `no better than chance, which is ${by_chance}` : `chance is ${by_chance}`;
      setText(chance, `Held out: ${told}, ${guess}${is_at_chance ? `; ${judged}` : ""}.`);
      return;
    }
    const when = last.epoch === 0 ? "Before the first step" : `After epoch ${last.epoch}`;
    setText(
      chance,
      is_at_chance
        ? `${when}: ${what}, no better than chance (${by_chance}, ${guess}; ${judged}).`
        : `${when}: ${what}. Chance is ${by_chance}, ${guess}.`,
    );
  }

  /** How far the data is on its way, while the run is starting. @param {Run} run */
  function showLoading(run) {
    const { loading } = run;
    if (run.state !== "starting" || !loading) return false;
    const { doing, what, done, total, unit } = loading;
    const [now, all] = [done, total].map((count) =>
      count === null ? "" : unit === "bytes" ? `${(count / 1e6).toFixed(1)} MB` : `${formatInteger(count)} files`,
    );
    const how_far = total === null ? now : `${now} of ${all} (${Math.floor((done / Math.max(1, total)) * 100)} %)`;
    setText(outcome, `${doing === "downloading" ? "Downloading" : "Reading"} ${what}: ${how_far}. Stop ends it.`);
    if (total) bar.value = done / total;
    return true;
  }

  function showProblem() {
    const { problem: found } = session.get();
    problem.hidden = found === null;
    problem.replaceChildren(element("span", { text: found?.message ?? "" }));
    const other = found?.extras.run;
    if (typeof other === "string") {
      const watch = button(
        "Watch that run",
        () => {
          problem.hidden = true;
          address.change({ run: other, step: null });
        },
        { class: "button button-small" },
      );
      problem.append(element("div", { class: "notice-actions" }, watch));
    }
  }

  function update() {
    const { run, is_waiting, ending } = session.get();
    const is_ending = run !== null && run.is_going_on && run.id === ending;
    state.textContent = run ? (is_ending ? "Stopping" : STATES[run.state]) : "Ready";
    parent.dataset.state = run?.state ?? "";
    subject.textContent = describe(run);
    const is_ours = run?.origin === "server";
    const can_be_told = is_ours && ["running", "paused"].includes(run.state);
    pause.textContent = run?.state === "paused" ? "Resume" : "Pause";
    for (const node of [pause, step, finish]) node.disabled = !can_be_told || is_waiting || is_ending;
    stop.disabled = !is_ours || !run.is_going_on || is_waiting || is_ending;
    showNumbers();
    showOutcome();
    showChance();
    showProblem();
  }
  session.subscribe(update);
  update();
}
