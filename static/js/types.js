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
 * @typedef {object} Layer
 * @property {string} id
 * @property {string} operation
 * @property {boolean} known
 * @property {string} module
 * @property {string} module_class
 * @property {string[]} inputs
 * @property {number[]} output_shape [channels, height, width] or [features]
 * @property {number} parameters
 * @property {number} macs
 * @property {Size | null} kernel
 * @property {Size | null} stride
 * @property {Size | null} dilation
 * @property {number} groups
 * @property {ReceptiveField} receptive_field
 *
 * @typedef {object} ReceptiveField  Of a layer's units, in closed form; input pixels.
 * @property {Size | null} size null where there is no closed form; so are stride and padding
 * @property {Size | null} stride
 * @property {Size | null} padding
 * @property {boolean | null} aligned
 * @property {"local" | "global"} extent
 * @property {"unit" | "trunk"} of
 * @property {"exact" | "bound" | "unknown"} status
 * @property {string} reason
 *
 * @typedef {{input_box: Box | null, touched_fraction: number}} Reached
 * @typedef {ReceptiveField & Reached & {theoretical_input_box: Box | null, is_bound: boolean,
 *   trunk: Reached | null, join: string | null, branches: (Reached & {input: string})[]}}
 *   UnitField
 *
 * @typedef {object} Block  A module and what was computed inside it.
 * @property {string} path
 * @property {string} title the module's class
 * @property {(string | Block)[]} children ids of layers, and blocks, in execution order
 *
 * @typedef {Model & {labels: string[], preprocessing: {description: string}, layers: Layer[],
 *   blocks: Block, output: string, macs: number}} ModelDetail
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
 * @typedef {object} ChannelStatistics  Numbers are null where no value is finite.
 * @property {number} index
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {number | null} mean
 * @property {number} fraction_active
 * @property {number} not_finite
 * @property {number | null} [contribution] to the logit of the class that was asked for
 *
 * @typedef {object} LayerStatistics
 * @property {string} model
 * @property {string} image
 * @property {string} layer
 * @property {number[]} shape
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {number | null} mean
 * @property {number} fraction_active
 * @property {number} not_finite
 * @property {ChannelStatistics[]} channels
 *
 * @typedef {object} ClassChange  Differences are after less before.
 * @property {number} index
 * @property {string} label
 * @property {number} logit_before
 * @property {number} logit_after
 * @property {number} logit_difference
 * @property {number} probability_before
 * @property {number} probability_after
 * @property {number} probability_difference
 *
 * @typedef {{interventions: number, recomputed_layers: number, recomputed_macs_share: number,
 *   entropy_bits_before: number, entropy_bits_after: number, classes: ClassChange[]}} ScoreChanges
 *
 * @typedef {{channel: number, logit_difference: number, probability_difference: number}}
 *   ChannelAblation
 * @typedef {{layer: string, class_index: number, label: string, logit: number,
 *   probability: number, channels: ChannelAblation[]}} Ablations
 *
 * @typedef {{score: number, minimum: number, maximum: number, rows: number, columns: number,
 *   patches: (Box & {score: number})[]}} Occlusion
 *
 * @typedef {{index: number, label: string, logit: number, probability: number}} ClassShare
 * @typedef {{swept: string, points: {value: number, best: ClassShare, classes: ClassShare[]}[]}}
 *   Sweep
 *
 * @typedef {"softmax" | "sigmoid"} Scale
 * @typedef {"index" | "mean" | "maximum" | "minimum" | "active" | "contribution"} Sort
 * @typedef {"channel" | "layer"} Range  what the colours of one map span
 * @typedef {"viridis" | "grey" | "diverging"} ColourName
 * @typedef {"auto" | ColourName} ColourChoice
 * @typedef {"theory" | "support" | "heat" | "noise"} Show  what is drawn of a unit's field
 * @typedef {"maps" | "number" | "filters" | "why" | "what-if"} Lens  how the layer is looked at
 * @typedef {"scores" | "network" | "layer"} Tab  what a narrow screen shows beneath the picture
 *
 * @typedef {object} Selection  What is being looked at; null: never chosen, so the default.
 * @property {string | null} model
 * @property {string | null} image
 * @property {number | null} top
 * @property {Scale} scale
 * @property {string | null} layer
 * @property {number | null} channel of the selected unit; so are row and column
 * @property {number | null} row
 * @property {number | null} column
 * @property {number | null} class_index the class that contributions are to; null: the highest
 * @property {Sort} sort
 * @property {Range} range
 * @property {ColourChoice} colours
 * @property {number[]} pins channels beside each other
 * @property {string[]} folded paths of blocks that are not as they are by default
 * @property {string} find in the network
 * @property {Show[]} shows
 * @property {Tab} tab
 * @property {Lens} lens
 * @property {import("./interventions.js").Intervention[]} interventions
 * @property {import("./picture_edit.js").PictureEdit} seen how the picture is changed
 *
 * @typedef {object} Context  What every view is created with.
 * @property {import("./state.js").State} state
 * @property {import("./api.js").Api} api
 * @property {import("./catalogue.js").Catalogue} catalogue
 * @property {import("./pictures.js").Pictures} pictures
 * @property {import("./analysis.js").AnalysisStore} analysis
 * @property {import("./stage.js").Stage} stage
 * @property {import("./network.js").Network} network
 * @property {import("./unit_field.js").UnitFieldStore} unit_field
 * @property {import("./actions.js").Actions} actions
 * @property {import("./store.js").Store<boolean>} exact  whether numbers are shown in full
 *
 * @typedef {{destroy?: () => void}} View
 */

export {};
