/** The values of the variables and the inflow at the end, each to slide or to type. */

import { byId } from "../../shared/element.js";
import { createNumberField } from "../../shared/number_field.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { ACTIVATIONS } from "./functions.js";
import { MOST_SQUARES, presetOf, valueIn } from "./presets.js";

const BOUNDS = { low: -10, high: 10, step: 0.1 };

/** @param {import("./main.js").BlameAddress} address */
export function createValues(address) {
  const place = byId("values");
  /** @type {Map<string, import("../../shared/number_field.js").NumberField>} */
  let fields = new Map();
  const inflow = createNumberField({
    label: "flows in at the end",
    ...BOUNDS,
    value: presetOf(address.get()).inflow,
    onChange: (value) => address.change({ inflow: value }),
  });
  const squares = createNumberField({
    label: "times squared",
    low: 1,
    high: MOST_SQUARES,
    step: 1,
    value: address.get().squares,
    onChange: (value) => address.change({ squares: Math.round(value), at: 0, node: "" }),
  });
  byId("squares-row").append(squares.node);
  const activation = createChosenOne({
    label: "f",
    choices: ACTIVATIONS,
    value: address.get().activation,
    onChange: (value) => address.change({ activation: value }, { step: true }),
  });
  byId("network-row").append(activation.node);

  address.subscribe(() => {
    const shown = address.get();
    const preset = presetOf(shown);
    for (const [name, field] of fields) {
      const value = valueIn(preset, name);
      if (field.get() !== value) field.show(value);
    }
    if (inflow.get() !== preset.inflow) inflow.show(preset.inflow);
    if (squares.get() !== shown.squares) squares.show(shown.squares);
    activation.show(shown.activation);
  });

  return {
    /** @param {string[]} names  A field for each. */
    show(names) {
      if (names.length > 0 && names.join() === [...fields.keys()].join()) return;
      const preset = presetOf(address.get());
      fields = new Map(
        names.map((name) => [
          name,
          createNumberField({
            label: name,
            ...BOUNDS,
            value: valueIn(preset, name),
            onChange: (value) =>
              address.change({ values: { ...address.get().values, [name]: value } }),
          }),
        ]),
      );
      place.replaceChildren(...[...fields.values()].map(({ node }) => node));
      if (names.length > 0) place.append(inflow.node);
    },
  };
}
