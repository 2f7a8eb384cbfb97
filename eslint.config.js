import js from "@eslint/js";
import globals from "globals";

// Markup in strings is how a label becomes a script: text goes in as text.
const no_markup = ["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
  property,
  message: "Use textContent and the builders of shared/element.js.",
}));

// The folders of static/js from the bottom up: each may import those before it, none after it.
const STREETS = [
  ...["shared", "address", "api", "stack", "own", "models", "picture", "scores", "network"],
  "tour",
  ...["fields", "activations", "arithmetic", "attribution", "filters", "what_if"].map(
    (lens) => `lenses/${lens}`,
  ),
];

// What holds or computes in each of them; the other modules draw.
const BENEATH = {
  ".": ["actions", "page_types", "theme_first"],
  shared: [
    ...["axes", "colours", "contrast", "element", "field_geometry", "format", "heat", "latest"],
    ...["maps", "npy", "page_return", "places", "problem", "session", "store", "under_way"],
  ],
  address: ["exact", "interventions", "kept_address", "picture_edit", "selected_unit", "state"],
  api: [
    ...["api", "attributions", "challenges", "designs", "event_stream", "experiments", "filters"],
    ...["gradients", "lessons", "models", "own_models", "paths", "pictures", "request", "shifts"],
    ...["units", "upload"],
  ],
  stack: ["presets", "stack"],
  own: ["dropped", "labels", "own_networks", "preparation"],
  models: ["catalogue", "search"],
  picture: ["ink", "known_pictures", "last_picture", "picture_colours", "pictures", "stage", "swap"],
  scores: ["analysis", "request_code"],
  network: [
    ...["folds", "items", "kept_channels", "layout", "network", "opening_layer", "opening_unit"],
    ...["page_choices", "standpoint", "thumbnails", "wires"],
  ],
  "lenses/fields": ["unit_field"],
  "lenses/activations": ["layer_maps", "layer_walk", "map_order", "map_tiles"],
  "lenses/arithmetic": ["unit_number", "values"],
  "lenses/attribution": ["attribution"],
  "lenses/filters": ["bank", "tiles"],
  "lenses/what_if": ["what_if"],
};

// Views are the eyepieces: none of the modules beneath may reach up to them.
const no_view = {
  regex: `^(?!.*/(${Object.values(BENEATH).flat().join("|")})\\.js$)`,
  message: "This module is beneath the views: it imports only others that are (BENEATH).",
};

/** @param {string} street */
function nothingAbove(street) {
  const above = STREETS.slice(STREETS.indexOf(street) + 1);
  const folders = ["pages", "learn", ...above.map((each) => each.replace("lenses/", "(lenses/)?"))];
  return {
    regex: `^(\\.\\./)+((${folders.join("|")})/|(lenses/)?lenses\\.js|main\\.js|tabs\\.js)`,
    message: `What ${street}/ imports stands before it in STREETS.`,
  };
}

/** @param {string} files @param {object[]} patterns */
const without = (files, ...patterns) => ({
  files: [`static/js/${files}`],
  rules: { "no-restricted-imports": ["error", { patterns }] },
});

export default [
  js.configs.recommended,
  {
    files: ["static/js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "default-case-last": "error",
      eqeqeq: "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "no-console": ["error", { allow: ["error"] }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": ["error", ...no_markup],
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  {
    files: ["static/js/**/*.js"],
    ignores: ["static/js/api/request.js", "static/js/api/upload.js"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Only api/request.js talks to the server." },
        { name: "XMLHttpRequest", message: "Only api/upload.js sends files." },
        { name: "EventSource", message: "Only api/request.js talks to the server." },
      ],
    },
  },
  ...STREETS.map((street) => without(`${street}/*.js`, nothingAbove(street))),
  ...Object.entries(BENEATH).flatMap(([street, names]) =>
    names.map((name) =>
      street === "."
        ? without(`${name}.js`, no_view)
        : without(`${street}/${name}.js`, nothingAbove(street), no_view),
    ),
  ),
  without("pages/*/*.js", {
    regex: "^\\.\\./(compare|docs|fields|train)/|/learn/",
    message: "What two pages need stands in shared/.",
  }),
  without("learn/*/*.js", {
    regex: "^\\.\\./(?!parts/|\\.)|/pages/",
    message: "What two chapters need stands in learn/parts/.",
  }),
  without("learn/parts/*.js", {
    regex: "^\\.\\./(?!\\.)|/pages/",
    message: "Parts know no chapter.",
  }),
];
