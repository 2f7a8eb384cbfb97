/**
 * The shapes that travel over the HTTP interface, as docs/ and /docs describe them, and the few
 * that the page's own modules hand to each other. Types only: nothing here runs.
 *
 * @typedef {"pretrained" | "trained_here" | "random" | "custom"} Origin
 * @typedef {{height: number, width: number}} Size
 * @typedef {{channels: number, height: number, width: number}} InputSize
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 *
 * @typedef {object} Weights
 * @property {"ready" | "downloadable" | "unavailable"} status
 * @property {number | null} bytes
 * @property {string} source
 * @property {string} licence
 * @property {string | null} file_name
 * @property {string | null} detail
 *
 * @typedef {object} Download
 * @property {"running" | "done" | "failed" | "cancelled"} state
 * @property {number} received_bytes
 * @property {number | null} total_bytes
 * @property {string | null} detail
 *
 * @typedef {Weights & {model: string, directories: string[], download: Download | null}}
 *   WeightsReport
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} architecture
 * @property {string} tag
 * @property {string} title
 * @property {string} family
 * @property {number} year
 * @property {Origin} origin
 * @property {"photograph" | "digit"} input_kind
 * @property {InputSize} input_size
 * @property {number} classes
 * @property {number} parameters
 * @property {boolean} is_default_tag
 * @property {string} metrics
 * @property {{title: string, authors: string, year: number, url: string}} paper
 * @property {string} notes
 * @property {Weights} weights
 *
 * @typedef {Model & {labels: string[], preprocessing: {description: string}}} ModelDetail
 *
 * @typedef {object} Example
 * @property {string} id
 * @property {string} title
 * @property {string} author
 * @property {string} licence
 * @property {string} source
 * @property {number} width
 * @property {number} height
 *
 * @typedef {{id: string, width: number, height: number, format: string, bytes: number}}
 *   StoredImage
 *
 * @typedef {object} ClassScore
 * @property {number} index
 * @property {string} label
 * @property {number} logit
 * @property {number} probability
 * @property {number} sigmoid
 *
 * @typedef {object} Prediction
 * @property {string} model
 * @property {string | null} image
 * @property {Origin} origin
 * @property {number} class_count
 * @property {ClassScore[]} classes
 * @property {number} entropy_bits
 * @property {number} maximum_entropy_bits
 * @property {Size} image_size
 * @property {InputSize} input_size
 * @property {Box} image_box
 *
 * @typedef {"softmax" | "sigmoid"} Scale
 *
 * @typedef {object} Selection  What is being looked at; null: never chosen, so the default.
 * @property {string | null} model
 * @property {string | null} image
 * @property {number | null} top
 * @property {Scale} scale
 *
 * @typedef {object} Context  What every view is created with.
 * @property {import("./state.js").State} state
 * @property {import("./api.js").Api} api
 * @property {import("./catalogue.js").Catalogue} catalogue
 * @property {import("./pictures.js").Pictures} pictures
 * @property {import("./analysis.js").AnalysisStore} analysis
 * @property {import("./stage.js").Stage} stage
 * @property {import("./actions.js").Actions} actions
 * @property {import("./store.js").Store<boolean>} exact  whether numbers are shown in full
 *
 * @typedef {{destroy?: () => void}} View
 */

export {};
