/**
 * The shapes that travel over the HTTP interface, as docs/ and /docs describe them, and the few
 * that the page's own modules hand to each other. Those of attributions stand beside their calls,
 * in api/attributions.js. Types only: nothing here runs.
 *
 * @typedef {"pretrained" | "trained_here" | "random" | "custom"} Origin
 * @typedef {{height: number, width: number}} Size
 * @typedef {{channels: number, height: number, width: number}} InputSize
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 *
 * @typedef {object} Weights
 * @property {"ready" | "downloadable" | "unavailable" | "damaged"} status
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
 * @property {boolean} has_filters
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
 * @typedef {"stored" | "profile"} PictureColours  The file's own numbers, or converted to sRGB.
 *
 * @typedef {object} PictureNote  Something to know of how a picture was read.
 * @property {string} code
 * @property {string} text
 * @property {PictureColours | null} alternative how the file can be read otherwise
 *
 * @typedef {object} StoredImage
 * @property {string} id
 * @property {number} width
 * @property {number} height
 * @property {string} format
 * @property {number} bytes
 * @property {PictureColours} colours
 * @property {boolean} as_sent a browser shows the very file as the network gets it
 * @property {PictureNote[]} notes
 *
 * @typedef {object} ClassScore
 * @property {number} index
 * @property {string} label
 * @property {number | null} logit
 * @property {number | null} probability
 * @property {number | null} sigmoid
 *
 * @typedef {object} Prediction
 * @property {string} model
 * @property {string | null} image
 * @property {Origin} origin
 * @property {number} class_count
 * @property {ClassScore[]} classes
 * @property {number | null} entropy_bits null where the scores are not all numbers
 * @property {number} maximum_entropy_bits
 * @property {Size} image_size
 * @property {InputSize} input_size
 * @property {Box} image_box
 * @property {PictureNote[]} notes on how the picture was read
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
 * @typedef {"rgb" | "single" | "depthwise" | "kernels" | "mixing"} FilterKind
 *
 * @typedef {object} FilterFacts  One filter.
 * @property {number} index
 * @property {number} l1
 * @property {number} l2
 * @property {number} linf
 * @property {number} mean
 * @property {number | null} bias
 * @property {boolean} is_dead
 * @property {number | null} nearest
 * @property {number | null} cosine
 *
 * @typedef {object} LayerFilters
 * @property {string} model
 * @property {string} layer
 * @property {string} operation
 * @property {FilterKind} kind
 * @property {[number, number, number, number]} shape (filters, inputs, height, width)
 * @property {number} groups
 * @property {string} source
 * @property {[number, number, number]} source_shape
 * @property {number} frobenius
 * @property {number} largest
 * @property {number} dead
 * @property {number[] | null} order
 * @property {FilterFacts[]} filters
 *
 * @typedef {{row: number, column: number, dot: number, cosine: number}} MatchPlace
 * @typedef {{bias: number, shape: number[], best: MatchPlace[], worst: MatchPlace[]}} FilterMatch
 *
 * @typedef {{row: number, column: number, value: number, input_box: Box | null,
 *   image_box: Box | null}} ExcitingPatch
 * @typedef {{best: ExcitingPatch[], worst: ExcitingPatch[]}} ExcitingPatches
 *
 * @typedef {{done?: number, total?: number, preview?: string, start?: number | null,
 *   end?: number | null, started_from?: number, moved?: boolean}} MaximisationEvent
 *
 * @typedef {"softmax" | "sigmoid"} Scale
 * @typedef {"index" | "mean" | "maximum" | "minimum" | "active" | "contribution"} Sort
 * @typedef {"index" | "similarity" | "l2" | "l1" | "linf"} FilterOrder
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
 * @property {PictureColours} picture_colours
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
 * @property {FilterOrder} filter_order
 * @property {number[]} pins channels beside each other
 * @property {string[]} folded paths of blocks that are not as they are by default
 * @property {string} find in the network
 * @property {Show[]} shows
 * @property {Tab} tab
 * @property {Lens} lens
 * @property {import("./interventions.js").Intervention[]} interventions
 * @property {import("./picture_edit.js").PictureEdit} seen how the picture is changed
 * @property {"class" | "unit"} why_of what the lens "why" explains
 * @property {string[]} methods attribution methods beside each other; none: the usual ones
 * @property {string | null} method the one on the large picture; null: the first
 * @property {string | null} minus the method that is taken from it
 * @property {number | null} rival the class that the explained one is compared with
 * @property {string | null} why_layer whose maps class activation maps weigh; null: the last
 * @property {string[]} options of the methods, `steps:32`
 *
 * @typedef {object} UnitValue  A unit and its float32 value; row and column are null in a vector.
 * @property {string} layer
 * @property {number} channel
 * @property {number | null} row
 * @property {number | null} column
 * @property {number | null} value null where it is not finite
 *
 * @typedef {{text: string, value: number | null, unit: UnitValue | null}} FormulaToken
 *
 * @typedef {object} PatchGeometry  A block of a layer, as a unit reads it.
 * @property {string} layer
 * @property {number} first_channel
 * @property {number} channels how many
 * @property {(number | null)[]} rows null where nothing is read
 * @property {(number | null)[]} columns
 * @property {number} terms
 * @property {boolean} is_weighted
 * @property {number | null} total
 *
 * @typedef {{positions: number, terms: number, kernels: number, groups: number, group: number,
 *   row: number, column: number, repetition: number}} MatrixPlace
 *
 * @typedef {object} PixelOrigin
 * @property {Box} image_box
 * @property {number | null} image_row
 * @property {number | null} image_column
 * @property {number | null} red
 * @property {number | null} green
 * @property {number | null} blue
 *
 * @typedef {object} Explanation  How a unit got its value.
 * @property {string} model
 * @property {string} image
 * @property {string} layer
 * @property {string} operation
 * @property {number} channel
 * @property {number | null} row
 * @property {number | null} column
 * @property {number | null} value
 * @property {number | null} explained
 * @property {number | null} difference
 * @property {"weighted_sum" | "maximum" | "function" | "normalisation" | "elementwise" | "copy" |
 *   "pixel" | "unexplained"} kind
 * @property {string} rule
 * @property {FormulaToken[]} formula
 * @property {string} note
 * @property {UnitValue[]} operands
 * @property {PatchGeometry | null} patch
 * @property {{term: number, unit: UnitValue | null, value: number | null} | null} winner
 * @property {number | null} bias
 * @property {number | null} divisor
 * @property {{unit: UnitValue, value: number | null}[]} derivatives
 * @property {{x: number, y: number}[]} curve
 * @property {MatrixPlace | null} matrix
 * @property {PixelOrigin | null} pixel
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
 * @property {import("./attribution.js").AttributionStore} attribution
 * @property {import("./actions.js").Actions} actions
 * @property {import("./store.js").Store<boolean>} exact  whether numbers are shown in full
 *
 * @typedef {{destroy?: () => void}} View
 */

export {};
