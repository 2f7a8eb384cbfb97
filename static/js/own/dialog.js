/**
 * The dialog through which a network of one's own comes in: how far its file is, what it is, and
 * what only its owner can say. Labels and preparation of one that is here are changed in it too.
 */

import { button, element, setText } from "../shared/element.js";
import { formatBytes, formatInteger } from "../shared/format.js";
import { LABEL_NAMES, WEIGHT_NAMES } from "./dropped.js";
import { createLabelsField } from "./labels_field.js";
import { createNameField } from "./name_field.js";
import { preparationOf, proposedName } from "./preparation.js";
import { createPreparationForm } from "./preparation_form.js";
import { complete, createRecognised } from "./recognised.js";

/** @typedef {import("../types.js").Model} Model */

const WITHOUT_SCORES = `It returns features or maps, no scores of classes: its layers, fields, \
filters and the attribution of a unit can be looked at.`;

/**
 * @param {{own: import("./own_networks.js").OwnNetworks, isTaken: (model_id: string) => boolean,
 *   onOpened: (model: Model) => void, onChanged: (model: Model) => void,
 *   onPicked: (files: File[]) => void}} parts
 * @returns {{pickFile: () => void}}
 */
export function createOwnDialog({ own, isTaken, onOpened, onChanged, onPicked }) {
  const file_input = element("input", {
    class: "visually-hidden",
    attributes: {
      type: "file",
      accept: [...WEIGHT_NAMES, ...LABEL_NAMES].join(","),
      multiple: true,
      tabindex: -1,
      "aria-label": "File of weights, and of labels",
    },
    on: {
      change() {
        const files = [...(file_input.files ?? [])];
        file_input.value = "";
        if (files.length > 0) onPicked(files);
      },
    },
  });
  const pickFile = () => file_input.click();

  const title = element("h2", { attributes: { id: "own-title" } });
  const about = element("p", { class: "quiet own-about" });
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Sending" } });
  const progress_text = element("p", { class: "figure" });
  const sending = element("div", { class: "own-sending" }, progress_text, progress);
  const problem_line = element("p", {
    class: "notice notice-problem",
    attributes: { role: "alert", hidden: true },
  });
  const recognised = createRecognised(choose);
  const name = createNameField({ isTaken, onChange: update });
  const labels = createLabelsField(own);
  const preparation = createPreparationForm(() => update());
  const without_scores = element("p", { class: "notice" });
  const body = element(
    "div",
    { class: "own-body" },
    ...[sending, recognised.node, name.node, without_scores, labels.node, preparation.node],
  );
  const main = button("Open", act, { class: "button button-primary" });
  const again = button("Try again", () => own.openAgain());
  const other = button("Choose another file …", pickFile);
  const close = button("Cancel", leave);
  const working = element("span", { class: "quiet", attributes: { role: "status" } });
  const left_out_line = element("p", { class: "quiet own-left-out" });
  const foot = element("div", { class: "own-foot" }, left_out_line, problem_line, element("div", { class: "notice-actions" }, main, again, other, close, working));
  const dialog = element(
    "dialog",
    { class: "dialog own-dialog", attributes: { "aria-labelledby": "own-title" } },
    element("div", { class: "own-head" }, title, about),
    body,
    foot,
    file_input,
  );
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return; // of a file that was not chosen
    event.preventDefault();
    leave();
  });

  /** What the form was last filled for. @type {unknown} */
  let filled_for = null;

  function leave() {
    if (own.get().is_working) own.stop();
    else own.close();
  }

  /** Another design: its id and its usual preparation. */
  function choose() {
    const design = recognised.chosen();
    const { checkpoint } = own.get();
    if (!design || !checkpoint) return;
    name.fill(design.architecture);
    preparation.fill(preparationOf(design.preprocessing), design.input_shape, {
      said_by: checkpoint.format === "bundle" ? "bundle" : "nobody",
      has_fixed_input: design.library === "module",
    });
    update();
  }

  function fill() {
    const { phase, checkpoint, model } = own.get();
    const wanted = phase === "recognised" ? checkpoint : phase === "changing" ? model : null;
    if (wanted === filled_for) return;
    filled_for = wanted;
    body.scrollTop = 0;
    if (phase === "recognised" && checkpoint) {
      recognised.show(checkpoint);
      const design = recognised.chosen();
      if (design) name.fill(design.architecture, proposedName(checkpoint.name));
      choose();
    } else if (phase === "changing" && model) {
      const { channels, height, width } = model.input_size;
      preparation.fill(preparationOf(model.preprocessing), [channels, height, width], {
        said_by: model.assumed.includes("preprocessing") ? "nobody" : "owner",
        has_fixed_input: true,
      });
    }
  }

  /** What PATCH is told; null while nothing is new. */
  function changes() {
    const { model, labels: told } = own.get();
    if (!model) return null;
    const preprocessing = preparation.told();
    const is_labelled_anew = model.classes > 0 && told !== null && (told.source !== "" || model.assumed.includes("labels"));
    const is_unlabelled = told === null && model.labels.some((text, index) => text !== `class ${index}`);
    const found = {
      ...(is_labelled_anew ? { labels: told.names } : {}),
      ...(is_unlabelled ? { labels: null } : {}),
      ...(preprocessing ? { preprocessing } : {}),
    };
    return Object.keys(found).length > 0 ? found : null;
  }

  /** Why it cannot be opened or saved yet, in words. @param {boolean} labels_fit */
  function whatIsMissing(labels_fit) {
    const is_change = own.get().phase === "changing";
    if (!is_change && name.problem()) return `Name: ${name.problem()}`;
    if (!labels_fit) return "The labels do not fit.";
    if (preparation.problem()) return preparation.problem();
    return is_change && changes() === null ? "Nothing new is said yet." : "";
  }

  async function act() {
    const { phase, checkpoint, labels: told, model } = own.get();
    if (phase === "changing" && model) {
      const body_of_changes = changes();
      const changed = body_of_changes && (await own.save(model.id, body_of_changes));
      if (changed) onChanged(changed);
      return;
    }
    const design = recognised.chosen();
    if (!checkpoint || !design) return;
    const input_shape = preparation.inputShape();
    const preprocessing = preparation.told();
    const opened = await own.openAs({
      checkpoint: checkpoint.id,
      architecture: design.architecture,
      name: name.value(),
      ...(told && design.classes > 0 ? { labels: told.names } : {}),
      ...(preprocessing ? { preprocessing } : {}),
      ...(input_shape ? { input_shape } : {}),
    });
    if (opened) onOpened(opened);
  }

  function showSending() {
    const { sent_bytes, total_bytes } = own.get();
    const share = total_bytes > 0 ? sent_bytes / total_bytes : 0;
    if (sent_bytes < total_bytes || total_bytes === 0) {
      progress.value = share;
      const percent = Math.floor(share * 100);
      progress_text.textContent = `${formatBytes(sent_bytes)} of ${formatBytes(total_bytes)} · ${percent}\u202f%`;
    } else {
      progress.removeAttribute("value");
      progress_text.textContent = `${formatBytes(total_bytes)} sent. The server looks at what it is …`;
    }
  }

  function showHead() {
    const { phase, file_name, checkpoint, model } = own.get();
    if (phase === "changing" && model) {
      title.textContent = "Labels and preparation";
      about.textContent = model.id;
      return;
    }
    title.textContent = phase === "refused" ? "It cannot be opened" : "Your own network";
    const parts = [file_name];
    if (checkpoint) {
      parts.push(formatBytes(checkpoint.bytes));
      if (checkpoint.tensors > 0) parts.push(`${formatInteger(checkpoint.tensors)} tensors`);
      if (checkpoint.format === "bundle") parts.push("a bundle");
      if (checkpoint.left_aside.length > 0) {
        parts.push(`left aside: ${checkpoint.left_aside.join(", ")}`);
      }
    }
    about.textContent = parts.join(" · ");
  }

  function update() {
    const { phase, checkpoint, model, problem, is_working, left_out, labels: told_labels } = own.get();
    const is_open = phase !== "closed";
    if (dialog.open !== is_open) {
      if (is_open) dialog.showModal();
      else dialog.close();
    }
    fill();
    if (!is_open) return;
    name.show();
    const designs = complete(checkpoint);
    const is_form = phase === "changing" || (phase === "recognised" && designs.length > 0);
    const classes = phase === "changing" ? model?.classes : recognised.chosen()?.classes;
    showHead();
    sending.hidden = phase !== "sending";
    if (phase === "sending") showSending();
    recognised.node.hidden = phase !== "recognised";
    name.node.hidden = !is_form || phase === "changing";
    without_scores.hidden = !is_form || classes !== 0;
    const unused = told_labels?.source ? ` ${told_labels.source} names classes, and is not used.` : "";
    setText(without_scores, WITHOUT_SCORES + unused);
    left_out_line.hidden = left_out.length === 0;
    setText(left_out_line, `Not opened: ${left_out.join(", ")}. One network comes at a time, with one file of labels.`);
    const labels_fit = labels.show(classes ?? 0);
    labels.node.hidden ||= !is_form;
    preparation.node.hidden = !is_form;
    body.hidden = phase === "refused";
    problem_line.hidden = problem === null;
    setText(problem_line, problem?.message ?? "");
    main.hidden = !is_form;
    main.textContent = phase === "changing" ? "Save" : "Open";
    const missing = is_form ? whatIsMissing(labels_fit || classes === 0) : "";
    main.disabled = is_working || missing !== "";
    again.hidden = !(phase === "refused" && problem?.isPassing);
    const is_off = problem?.type === "model-uploads-off";
    other.hidden = is_off || !(phase === "refused" || (phase === "recognised" && !is_form));
    const is_running = is_working || phase === "sending";
    close.textContent = is_running ? "Stop" : is_form ? "Cancel" : "Close";
    const at_work = { changing: "Saving …", recognised: "Opening …" }[String(phase)] ?? "";
    setText(working, phase === "sending" ? "Sending …" : is_working ? at_work : missing);
    for (const part of [recognised.node, name.node, labels.node, preparation.node]) {
      part.inert = is_working;
    }
  }
  own.subscribe(update);
  update();

  return { pickFile };
}
