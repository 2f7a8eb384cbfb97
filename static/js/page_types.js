/**
 * The shapes that the page's own modules hand to each other. Types only: nothing here runs. Those of
 * the HTTP interface are in types.d.ts.
 *
 * @typedef {import("./types.js").Model["origin"]} Origin
 * @typedef {import("./types.js").StoredImage["colours"]} PictureColours  The file's own numbers, or
 *   converted to sRGB.
 * @typedef {import("./types.js").Model["preparations"][number]} Preparation
 * @typedef {import("./types.js").LayerFilters["kind"]} FilterKind
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
 * @typedef {"window" | "product"} Play  a step of the sliding kernel: a unit, or one of its products
 * @typedef {"scores" | "network" | "layer"} Tab  what a narrow screen shows beneath the picture
 * @typedef {"both" | "picture" | "layer"} Projection  what fills the screen in projector mode
 *
 * @typedef {object} Selection  What is being looked at; null: never chosen, so the default.
 * @property {string | null} model
 * @property {string | null} image
 * @property {PictureColours} picture_colours
 * @property {Preparation} preparation of pictures for digit networks that leave a choice
 * @property {number | null} top
 * @property {Scale} scale
 * @property {boolean} all_digits numbers are shown in full
 * @property {string | null} layer
 * @property {number | null} channel of the selected unit; so are row and column
 * @property {number | null} row
 * @property {number | null} column
 * @property {boolean} unit_closed whether a person closed the unit: then none is chosen for them
 * @property {[number, number] | null} pixel of the input, row and column, whose reach is shown
 * @property {[number, number] | null} look  the pixel of the picture, row and column, at which the
 *   channels are ranked: of the picture and not of the input, so that it is the same place for
 *   every network
 * @property {import("./types.js").Reactions["order"]} look_by what they are ranked by
 * @property {number[][]} trail the units that one came down from to the selected one, the first
 *   first: the layer's place in the order of execution, the channel and, in maps, row and column
 * @property {Play | null} play how the kernel slides in the lens "How"; null: it does not
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
 * @property {Projection | null} projection null: the page as usual
 * @property {import("./address/interventions.js").Intervention[]} interventions
 * @property {import("./address/picture_edit.js").PictureEdit} seen how the picture is changed
 * @property {"class" | "unit"} why_of what the lens "why" explains
 * @property {string[]} methods attribution methods beside each other; none: the usual ones
 * @property {string | null} method the one on the large picture; null: the first
 * @property {string | null} minus the method that is taken from it
 * @property {number | null} rival the class that the explained one is compared with
 * @property {string | null} why_layer whose maps class activation maps weigh; null: the last
 * @property {string[]} options of the methods, `steps:32`
 *
 * @typedef {object} Context  What every view is created with.
 * @property {import("./address/state.js").State} state
 * @property {import("./api/api.js").Api} api
 * @property {import("./models/catalogue.js").Catalogue} catalogue
 * @property {import("./picture/pictures.js").Pictures} pictures
 * @property {import("./scores/analysis.js").AnalysisStore} analysis
 * @property {import("./picture/stage.js").Stage} stage
 * @property {import("./network/network.js").Network} network
 * @property {import("./lenses/fields/unit_field.js").UnitFieldStore} unit_field
 * @property {import("./lenses/fields/pixel_reach.js").PixelReachStore} pixel_reach
 * @property {import("./lenses/look/look.js").LookStore} look  which channels react to a place
 * @property {import("./lenses/attribution/attribution.js").AttributionStore} attribution
 * @property {import("./own/own_networks.js").OwnNetworks} own
 * @property {import("./actions.js").Actions} actions
 * @property {import("./address/exact.js").Exact} exact  whether numbers are shown in full
 *
 * @typedef {{destroy?: () => void}} View
 */

export {};
