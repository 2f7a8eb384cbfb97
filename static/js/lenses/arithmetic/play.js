/** The kernel slides over the layer's input, and the map is written unit by unit. */

import { button, element, setText } from "../../shared/element.js";
import { asProblem } from "../../shared/problem.js";
import { createStepper } from "../../shared/stepper.js";
import { createWaiting } from "../../shared/waiting.js";
import { isWeighed } from "./patch.js";
import { COLOURS } from "./pixel.js";
import { createPlayChannel } from "./play_channel.js";
import { createPlayMap } from "./play_map.js";
import { createPlayOptions } from "./play_options.js";
import { createPlaySession, slidingPatch } from "./play_session.js";
import { cutOut, placesOf } from "./play_window.js";
import { createPlayPatch, sumText } from "./play_words.js";
import { largestMagnitude } from "./values.js";

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools where the button that opens it stands
 * @param {import("../../page_types.js").Context} context
 */
export function createNumberPlay(parent, tools, context) {
  const { state, network } = context;
  const open = button("Play it", () => state.change({ play: state.get().play ? null : "window" }), {
    class: "button button-small",
    title: "Let the window slide over the layer's input",
  });
  tools.append(open);
  const options = createPlayOptions({
    onMode: (play) => state.change({ play }, { replace: true }),
    onChannel(index) {
      session?.showOnly(index);
      announceMaps();
      showWaiting();
    },
  });
  const steppers = element("div", { class: "play-steppers" });
  const input_map = createPlayMap("input");
  const output_map = createPlayMap("output", (row, column) => goTo(row, column));
  const colour_patch = createPlayPatch();
  const channels = element("div", { class: "play-channels" });
  const sum = element("p", { class: "play-total" });
  const waiting = createWaiting({ is_over: true });
  const problem_line = element("div", { class: "notice notice-problem", attributes: { hidden: true } });
  parent.append(
    steppers,
    options.node,
    element("div", { class: "asking" }, waiting.node),
    element("div", { class: "play-maps" }, input_map.node, output_map.node),
    problem_line,
    element("div", { class: "play-window" }, colour_patch.node, channels),
    sum,
  );
  const views = [0, 1, 2].map(createPlayChannel);
  /** @type {import("./play_session.js").Sliding | null} */
  let given = null;
  /** @type {import("./play_session.js").PlaySession | null} */
  let session = null;
  let session_key = "";

  const units = () => session?.units ?? 1;
  const products = () => session?.products ?? 1;

  /** @param {number} unit */
  function unitText(unit) {
    const width = session?.size.width ?? 1;
    return `row ${Math.floor(unit / width)}, column ${unit % width}`;
  }
  const moves = {
    last: 0,
    per_second: options.per_second,
    onShow: draw,
    onRest: rest,
  };
  const by_window = createStepper(steppers, {
    ...moves,
    label: "The window's place",
    describe: (step) => `${unitText(step)} (${step + 1} of ${units()})`,
  });
  const one_by_one = createStepper(steppers, {
    ...moves,
    label: "The product that is added",
    describe: (step) =>
      `${(step % products()) + 1} of ${products()} at ${unitText(Math.floor(step / products()))}`,
  });
  let mode = state.get().play;
  const stepper = () => (mode === "product" ? one_by_one : by_window);

  /** The unit that is being written, and how many of its products are done. */
  function now() {
    const step = stepper().get();
    if (mode !== "product") return { unit: step, lit: products() };
    return { unit: Math.floor(step / products()), lit: (step % products()) + 1 };
  }

  /** Where it stands still, that unit is selected. */
  function rest() {
    // Who has gone to another layer meanwhile stays there.
    if (!session || mode === null || network.selectedId() !== session.sliding.answer.layer) return;
    const { unit } = now();
    const { width } = session.size;
    state.change({ row: Math.floor(unit / width), column: unit % width }, { replace: true });
  }

  /** @param {number} row @param {number} column */
  function goTo(row, column) {
    const unit = row * (session?.size.width ?? 1) + column;
    stepper().go(mode === "product" ? unit * products() : unit);
  }

  function close() {
    for (const each of [by_window, one_by_one]) each.pause();
    session?.destroy();
    session = null;
    session_key = "";
    showWaiting();
  }

  /** What it is, is known where the numbers of the next places are not. */
  function showWaiting() {
    if (!session) waiting.show(null);
    else if (!session.isReady()) waiting.show("Fetching the maps", { stop });
    else if (!session.rows.at(now().unit)) waiting.show("Working out the next places", { stop });
    else waiting.show(null);
  }

  function stop() {
    close();
    waiting.show(null, { again: update });
  }

  function update() {
    const is_open = mode !== null && given !== null;
    open.hidden = given === null;
    setText(open, is_open ? "Close the player" : "Play it");
    open.setAttribute("aria-expanded", String(is_open));
    parent.hidden = !is_open;
    if (!is_open || !given) {
      close();
      return;
    }
    options.show(given.answer, mode);
    by_window.node.hidden = mode === "product";
    one_by_one.node.hidden = mode !== "product";
    begin(given);
    follow(given.answer);
  }

  /** @param {import("./play_session.js").Sliding} sliding  Anew only for another kernel or picture. */
  function begin(sliding) {
    const { model, image, layer, channel: of } = sliding.answer;
    const key = JSON.stringify([model, image, layer, of, state.get().preparation]);
    if (key === session_key) return;
    close();
    fail(null);
    session = createPlaySession(context, sliding, { onReady: showMaps, onArrival: draw, onError: fail });
    session_key = key;
    showWaiting();
    by_window.setLast(units() - 1);
    one_by_one.setLast(units() * products() - 1);
    options.offerChannels(session);
    announceMaps();
  }

  /**
   * What was selected elsewhere is what is shown, unless it moves by itself.
   *
   * @param {import("../../types.js").Explanation} answer
   */
  function follow({ row, column }) {
    if (!session || row === null || column === null || stepper().isPlaying()) return;
    const selected = state.get();
    if (selected.row !== row || selected.column !== column) return;
    if (now().unit !== row * session.size.width + column) goTo(row, column);
    draw();
  }

  function announceMaps() {
    if (!session) return;
    const { is_colour, size, source, sliding } = session;
    const { patch, answer } = sliding;
    const name = is_colour ? "in colour" : `channel ${patch.first_channel + session.channels()[0]}`;
    input_map.announce(`read: ${patch.layer}, ${name}`, source);
    output_map.announce(`written: ${answer.layer}, channel ${answer.channel}`, size);
  }

  function showMaps() {
    if (!session) return;
    const { is_colour, maps, source } = session;
    const shown = session.channels();
    const map = maps.get(shown[0]);
    const picture = session.picture();
    if (picture) input_map.paintPicture(picture, source);
    else if (map) input_map.paint(map, source);
    for (const [view, index] of shown.entries()) views[view].name(nameOf(index));
    channels.replaceChildren(...shown.map((_, index) => views[index].node));
    channels.classList.toggle("is-colour", is_colour);
    colour_patch.node.hidden = picture === null;
    draw();
  }

  /** @param {number} index of the patch's channels */
  function nameOf(index) {
    if (!session?.is_colour) return `channel ${(session?.sliding.patch.first_channel ?? 0) + index}`;
    const is_bgr = network.get().detail?.preprocessing.channel_order === "bgr";
    return COLOURS[is_bgr ? "bgr" : "rgb"][index];
  }

  function draw() {
    const written = session?.written();
    if (!session || !written || !session.isReady()) return;
    const { unit, lit } = now();
    session.rows.fetchFrom(unit);
    const found = session.rows.at(unit);
    parent.setAttribute("aria-busy", String(found === null));
    showWaiting();
    if (!found) return;
    const { row, unit: explained } = found;
    const { source, size, sliding, maps } = session;
    const { answer, weights } = sliding;
    const { rows } = row.patch;
    const { columns } = explained;
    const { dilation } = network.get().by_id.get(answer.layer) ?? {};
    const at = [placesOf(rows, dilation?.height ?? 1), placesOf(columns, dilation?.width ?? 1)];
    input_map.mark(at[0], at[1]);
    output_map.paint(written, size, unit + 1);
    output_map.mark([Math.floor(unit / size.width)], [unit % size.width]);
    if (session.picture()) colour_patch.show(input_map.canvas, at[0], at[1]);
    const area = rows.length * columns.length;
    const voids = rows.flatMap((down) => columns.map((across) => down === null || across === null));
    const shown = session.channels();
    const results = shown.map((index, view) => {
      const map = /** @type {Float32Array} */ (maps.get(index));
      return views[view].show({
        name: nameOf(index),
        values: cutOut(map, source.width, rows, columns, row.patch.padding ?? -Infinity),
        kernel: isWeighed(answer) ? weights.subarray(index * area, (index + 1) * area) : null,
        columns: columns.length,
        largest: largestMagnitude(map),
        voids,
        lit: Math.min(lit, area),
        winner: explained.winner ?? -1,
        does: answer.kind === "maximum" ? "maximum" : "sum",
      });
    });
    const names = session.is_colour ? shown.map(nameOf) : ["this sum"];
    sum.replaceChildren(...sumText({ row, explained, results, names, is_done: lit >= area }));
    Object.assign(parent.dataset, { unit: String(unit), lit: String(lit) });
  }

  /** @param {unknown} error null: all is well */
  function fail(error) {
    problem_line.hidden = error === null;
    if (error === null) return;
    waiting.show(null);
    for (const each of [by_window, one_by_one]) each.pause();
    const again = () => {
      close();
      update();
    };
    problem_line.replaceChildren(element("p", { text: asProblem(error).message }), button("Try again", again));
  }

  const end = state.subscribe(({ play, lens }) => {
    if (lens !== "number") for (const each of [by_window, one_by_one]) each.pause();
    if (play === mode) return;
    const { unit } = now();
    stepper().pause();
    mode = play;
    if (mode !== null && session) goTo(Math.floor(unit / session.size.width), unit % session.size.width);
    update();
  });

  return {
    /**
     * @param {import("../../types.js").Explanation | null} answer
     * @param {Float32Array | null} values
     * @param {Float32Array | null} weights
     */
    show(answer, values, weights) {
      const patch = answer && slidingPatch(network.get().by_id, answer);
      given = answer && patch && values && weights ? { answer, patch, values, weights } : null;
      update();
    },

    destroy() {
      end();
      close();
    },
  };
}
