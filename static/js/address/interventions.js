/** What is changed inside the network, as it stands in the address and in words. */

/**
 * @typedef {{layer: string, channel: number, row?: number, column?: number}} Place
 * @typedef {{kind: "switch_off"} & Place} SwitchOff
 * @typedef {{kind: "scale", factor: number} & Place} Scaling
 * @typedef {{kind: "pin", value: number} & Place} Pin
 * @typedef {{kind: "edit_kernel", layer: string, channel: number, input_channel: number,
 *   row: number, column: number, value: number}} KernelEdit
 * @typedef {{kind: "blank", top: number, left: number, bottom: number, right: number}} Blank
 * @typedef {{kind: "cut", layer: string, input: string}} Cut
 * @typedef {SwitchOff | Scaling | Pin | KernelEdit | Blank | Cut} Intervention
 */

export const MOST_INTERVENTIONS = 32;

/**
 * `off*layer*channel[*row*column]`, `scale*factor*...`, `pin*value*...`,
 * `kernel*value*layer*channel*input channel*row*column`, `blank*top*left*bottom*right`,
 * `cut*layer*input`.
 *
 * @param {Intervention[]} interventions
 */
export function textFromInterventions(interventions) {
  return interventions.map((each) => fieldsOf(each).join("*")).join(",");
}

/** @param {Intervention} each @returns {(string | number)[]} */
function fieldsOf(each) {
  if (each.kind === "blank") return ["blank", each.top, each.left, each.bottom, each.right];
  if (each.kind === "cut") return ["cut", each.layer, each.input];
  if (each.kind === "edit_kernel") {
    const { value, layer, channel, input_channel, row, column } = each;
    return ["kernel", value, layer, channel, input_channel, row, column];
  }
  const unit = each.row === undefined ? [] : [each.row, each.column ?? 0];
  const place = [each.layer, each.channel, ...unit];
  if (each.kind === "scale") return ["scale", each.factor, ...place];
  if (each.kind === "pin") return ["pin", each.value, ...place];
  return ["off", ...place];
}

/**
 * @param {string} text
 * @returns {Intervention[]} those that can be read
 */
export function interventionsFromText(text) {
  if (!text) return [];
  return text
    .split(",")
    .slice(0, MOST_INTERVENTIONS)
    .flatMap((item) => readOne(item.split("*")) ?? []);
}

/** @param {string[]} fields @returns {Intervention | null} */
function readOne([kind, ...rest]) {
  if (kind === "blank") {
    const [top, left, bottom, right] = rest.map(Number);
    return allNumbers([top, left, bottom, right]) ? { kind, top, left, bottom, right } : null;
  }
  if (kind === "cut") {
    const [layer, input] = rest;
    return layer && input ? { kind, layer, input } : null;
  }
  if (kind === "kernel") {
    const [value, layer, ...place] = rest;
    const [channel, input_channel, row, column] = place.map(Number);
    const numbers = [Number(value), channel, input_channel, row, column];
    if (!layer || !allNumbers(numbers)) return null;
    return { kind: "edit_kernel", value: numbers[0], layer, channel, input_channel, row, column };
  }
  const amount = kind === "off" ? 0 : Number(rest.shift());
  const [layer, channel, row, column] = rest;
  const unit = row === undefined ? {} : { row: Number(row), column: Number(column) };
  const place = { layer, channel: Number(channel), ...unit };
  if (!layer || !allNumbers([amount, place.channel, ...Object.values(unit)])) return null;
  if (kind === "scale") return { kind, factor: amount, ...place };
  if (kind === "pin") return { kind, value: amount, ...place };
  return kind === "off" ? { kind: "switch_off", ...place } : null;
}

/** @param {number[]} numbers */
const allNumbers = (numbers) => numbers.every(Number.isFinite);

/** @param {Intervention} each @returns {string} */
export function inWords(each) {
  if (each.kind === "blank") {
    return `rows ${each.top} to ${each.bottom}, columns ${each.left} to ${each.right} blank`;
  }
  if (each.kind === "cut") return `${each.layer} without ${each.input}`;
  if (each.kind === "edit_kernel") {
    const { layer, channel, input_channel, row, column, value } = each;
    return `${layer} weight ${channel}, ${input_channel}, ${row}, ${column} = ${value}`;
  }
  const unit = each.row === undefined ? "" : `, ${each.row}, ${each.column}`;
  const place = `${each.layer} ${each.channel}${unit}`;
  if (each.kind === "scale") return `${place} × ${each.factor}`;
  if (each.kind === "pin") return `${place} = ${each.value}`;
  return `${place} off`;
}
