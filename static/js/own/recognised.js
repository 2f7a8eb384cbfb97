/** What a file of weights was recognised as: one design, a choice of several, or only near ones. */

import { element, setText } from "../shared/element.js";
import { formatInteger, formatShape } from "../shared/format.js";

/** @typedef {import("../types.js").Candidate} Candidate */

const NAMES_SHOWN = 6;
const NEAREST = 3;

/**
 * The designs that can be opened: those that have all the tensors.
 *
 * @param {import("../types.js").UploadedCheckpoint | null} checkpoint
 */
export const complete = (checkpoint) =>
  checkpoint?.candidates.filter(({ is_complete }) => is_complete) ?? [];

/** @param {string} heading @param {string[]} names @param {number} count */
function differing(heading, names, count) {
  if (count === 0) return [];
  const rest = count - Math.min(names.length, NAMES_SHOWN);
  return [
    element("dt", { text: `${heading} ${formatInteger(count)}` }),
    element(
      "dd",
      { class: "figure" },
      names.slice(0, NAMES_SHOWN).join(", ") + (rest > 0 ? ` and ${formatInteger(rest)} more` : ""),
    ),
  ];
}

/** @param {Candidate} candidate */
function nearMiss({ architecture, summary, missing, missing_count, unexpected, unexpected_count }) {
  return element(
    "li",
    { attributes: { "data-architecture": architecture } },
    element("p", { text: summary }),
    element(
      "details",
      {},
      element("summary", { class: "quiet-summary", text: "Which tensors" }),
      element(
        "dl",
        { class: "facts" },
        ...differing("not as needed", missing, missing_count),
        ...differing("left over", unexpected, unexpected_count),
      ),
    ),
  );
}

/** What tells designs of the same tensors apart. @param {Candidate} candidate */
function preparationWords({ input_shape, preprocessing }) {
  const { resize, interpolation, kind } = preprocessing;
  const input = formatShape(input_shape);
  if (kind === "digit") return `${input}, laid out as in MNIST`;
  const sized = resize === null ? "stretched" : `shorter side to ${resize} px`;
  return `${input}, pictures ${sized}, ${interpolation}`;
}

/** What helps where no design fits: the code that made the network. @param {string} file_name */
function withItsCode(file_name) {
  const code = [
    "# in a notebook, or wherever the network lives",
    "import convscope",
    "convscope.show(model)",
    "",
    "# in a terminal, beside my_module.py with its function build()",
    `convscope export my_module:build --weights ${file_name} -o my-network.zip`,
  ].join("\n");
  return [
    element("h3", { text: "Open it with its code" }),
    element("p", {
      class: "quiet",
      text: "Weights alone do not say what a network of your own code computes. Its code does: \
open it from there, or have a bundle written and drop that here.",
    }),
    element(
      "pre",
      { class: "code", attributes: { tabindex: 0, "aria-label": "How to open it with its code" } },
      element("code", { text: code }),
    ),
  ];
}

/** @param {() => void} onChoose */
export function createRecognised(onChoose) {
  const node = element("div", { class: "own-recognised" });
  /** @type {HTMLInputElement[]} */
  let radios = [];
  /** @type {Candidate[]} */
  let choices = [];

  const verdict = element("p", { class: "own-verdict", attributes: { role: "status" } });
  const remark = element("p", { class: "quiet" });

  /** @returns {Candidate | null} the design that it is to be opened as */
  const chosen = () => choices[radios.findIndex(({ checked }) => checked)] ?? choices[0] ?? null;

  function showVerdict() {
    setText(verdict, chosen()?.summary ?? "");
    remark.textContent = chosen()?.notes ?? "";
    remark.hidden = remark.textContent === "";
  }

  /** @param {Candidate} candidate @param {number} place */
  function choice(candidate, place) {
    const radio = element("input", {
      attributes: { type: "radio", name: "own-design", value: candidate.architecture },
      on: {
        change() {
          showVerdict();
          onChoose();
        },
      },
    });
    radio.checked = place === 0;
    radios.push(radio);
    return element(
      "label",
      { class: "own-choice" },
      radio,
      element(
        "span",
        {},
        element("span", { class: "own-choice-title", text: candidate.title }),
        " ",
        element("span", { class: "badge", text: candidate.library }),
        " ",
        element("span", { class: "quiet", text: preparationWords(candidate) }),
      ),
    );
  }

  return {
    node,

    chosen,

    /** @param {import("../types.js").UploadedCheckpoint} checkpoint */
    show(checkpoint) {
      choices = complete(checkpoint);
      radios = [];
      if (choices.length === 0) {
        const near = checkpoint.candidates.slice(0, NEAREST);
        const head =
          near.length === 0
            ? "No design of torchvision, timm or Convscope has tensors like these."
            : "No design of torchvision, timm or Convscope has exactly these tensors.";
        node.replaceChildren(
          element("p", { class: "own-verdict is-wrong", text: head }),
          ...(near.length === 0
            ? []
            : [
                element("h3", { text: near.length === 1 ? "The nearest" : "The nearest, best first" }),
                element("ol", { class: "own-near" }, ...near.map(nearMiss)),
              ]),
          ...withItsCode(checkpoint.name),
        );
        return;
      }
      const others = choices.length - 1;
      const also = others === 1 ? "1 other design has" : `${formatInteger(others)} other designs have`;
      node.replaceChildren(
        verdict,
        remark,
        ...(others === 0
          ? []
          : [
              element("p", {
                class: "quiet",
                text: `${also} exactly these tensors too, and the file cannot tell them apart. \
Choose the one that it was trained as: they prepare pictures differently, or compute differently.`,
              }),
              element(
                "div",
                { class: "own-choices", attributes: { role: "radiogroup", "aria-label": "Design" } },
                ...choices.map(choice),
              ),
            ]),
      );
      showVerdict();
    },
  };
}
