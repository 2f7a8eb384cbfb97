/** The request behind the view, as something to run elsewhere. */

/**
 * @typedef {object} Request
 * @property {string} url of the predictions; of the one-shot call when a file is sent
 * @property {string} model_id
 * @property {number} top
 * @property {string | null} file_name a file to send; null: the server knows the picture
 * @property {import("../page_types.js").PictureColours} colours of a file to send
 */

/** @param {string} text quoted for a POSIX shell */
const forShell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {string} text as a Python literal; JSON's escapes are Python's too */
const forPython = (text) => JSON.stringify(text);

/** @param {Request} request */
export function asCurl({ url, model_id, top, file_name, colours }) {
  if (file_name === null) return `curl ${forShell(url)}`;
  // Within a form field curl gives quotes a meaning of its own; they keep commas and semicolons.
  const file = `file=@"${file_name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    `curl ${forShell(url)}`,
    `-F ${forShell(file)}`,
    `-F ${forShell(`model=${model_id}`)}`,
    `-F top=${top}`,
    ...(colours === "stored" ? [] : [`-F colours=${colours}`]),
  ].join(" \\\n  ");
}

/** @param {Request} request */
export function asPython({ url, model_id, top, file_name, colours }) {
  const show = [
    'for score in prediction["classes"]:',
    '    print(f"{score[\'probability\']:.4f}  {score[\'label\']}")',
  ];
  if (file_name === null) {
    return [
      "import json",
      "from urllib.request import urlopen",
      "",
      `with urlopen(${forPython(url)}) as answer:`,
      "    prediction = json.load(answer)",
      ...show,
    ].join("\n");
  }
  const also = colours === "stored" ? "" : `, "colours": ${forPython(colours)}`;
  return [
    "import requests",
    "",
    `with open(${forPython(file_name)}, "rb") as picture:`,
    "    answer = requests.post(",
    `        ${forPython(url)},`,
    `        data={"model": ${forPython(model_id)}, "top": ${top}${also}},`,
    '        files={"file": picture},',
    "    )",
    "answer.raise_for_status()",
    "prediction = answer.json()",
    ...show,
  ].join("\n");
}
