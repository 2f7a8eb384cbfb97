import js from "@eslint/js";
import globals from "globals";

// Markup in strings is how a label becomes a script: text goes in as text.
const no_markup = ["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
  property,
  message: "Use textContent and the builders of element.js.",
}));

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
  {
    // Views are the eyepieces: none of the modules beneath may reach up to them.
    files: ["static/js/*.js", "static/js/api/*.js"],
    ignores: ["static/js/main.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["./views/*", "../views/*"] }] },
  },
];
