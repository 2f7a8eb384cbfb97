/**
 * The documents of the HTTP interface, as /docs describes them. Written by scripts/write_types.py:
 * change the schemas in app/api/ instead, then run `make types.d.ts`.
 */

/** Every channel of a layer switched off in turn; the one that lowers the class most first. */
export interface Ablations {
  model: string;
  image: string;
  layer: string;
  class_index: number;
  label: string;
  rival: number | null;
  rival_label: string | null;
  logit: number | null;
  probability: number | null;
  channels: ChannelAblation[];
}

/** dL/da of every value a of a layer, map by map. */
export interface ActivationGradient {
  model: string;
  image: string;
  layer: string;
  class: number;
  label: string;
  loss: number | null;
  probability: number | null;
  shape: number[];
  channels: MapGradient[];
}

/** Where to look. */
export interface ActivationsBody {
  x: number[];
}

/** All functions at the same places, in float64. */
export interface Activations {
  curves: Curve[];
}

/** How alike two methods rank the pixels (Spearman), null where a map is constant. */
export interface AgreementPair {
  first: string;
  second: string;
  spearman: number | null;
  spearman_absolute: number | null;
}

/** Every pair of the methods once, each with itself included. */
export interface Agreement {
  model: string;
  image: string;
  pairs: AgreementPair[];
}

/** Under the curves: the mean of what the target was on the way. */
export interface Areas {
  deletion: number | null;
  insertion: number | null;
  random_deletion: number | null;
  random_insertion: number | null;
}

/** An attribution method. */
export interface AttributionMethod {
  name: string;
  title: string;
  summary: string;
  formula: string;
  paper: Paper;
  uses_layer: boolean;
  is_long: boolean;
  signed: boolean;
  options: AttributionOption[];
}

/** All methods, and the layers that a class activation map can weigh for this model's classes. */
export interface AttributionMethods {
  model: string;
  methods: AttributionMethod[];
  layers: string[];
  default_layer: string | null;
}

/** A setting of a method. `minimum` and `maximum` are of numbers, `choices` of a choice. */
export interface AttributionOption {
  name: string;
  title: string;
  description: string;
  kind: "integer" | "number" | "boolean" | "choice";
  default: boolean | number | string;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
}

/** A heat map over the network's input, in numbers. */
export interface Attribution {
  model: string;
  image: string;
  method: string;
  class: number | null;
  label: string | null;
  rival: number | null;
  rival_label: string | null;
  target: Unit;
  target_value: number | null;
  layer: string | null;
  options: NamedNumber[];
  shape: number[];
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  sum: number | null;
  fraction_positive: number;
  is_constant: boolean;
  not_finite: number;
  completeness: Completeness | null;
  facts: NamedNumber[];
}

/** One number for rows and one for columns, in pixels of the network's input. */
export interface Axes {
  height: number;
  width: number;
}

/** A box of the network's input, in its pixels, is covered with a colour. */
export interface BlankBody {
  kind: "blank";
  top: number;
  left: number;
  bottom: number;
  right: number;
  colour?: "mean" | "black" | "grey" | "white";
}

/** A module and what was computed inside it: ids of layers, and blocks, in execution order. */
export interface Block {
  path: string;
  title: string;
  children: (string | Block)[];
}

/** A half-open box: top <= row < bottom, left <= column < right. */
export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** What comes through one of the inputs of the layer where branches meet. */
export interface Branch {
  input_box: Box | null;
  touched_fraction: number;
  image_box?: Box | null;
  input: string;
}

/** A design that has such tensors, with this number of classes and input channels. */
export interface Candidate {
  architecture: string;
  library: string;
  title: string;
  classes: number;
  input_channels: number;
  input_shape: number[];
  preprocessing: Record<string, any>;
  is_complete: boolean;
  matched: number;
  missing: string[];
  missing_count: number;
  unexpected: string[];
  unexpected_count: number;
  summary: string;
  notes: string;
}

/** A place in continuous edge coordinates of the network's input. */
export interface Centre {
  y: number;
  x: number;
}

/** One function of the chain; only a linear one has a weight. */
export interface ChainedFunction {
  kind: "linear" | "softmax" | "identity" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "elu";
  weight?: number[][] | null;
}

/** A picture under some challenges: none, one, two or all of them. */
export interface ChallengedPicture {
  challenges: string[];
  edit: EditFields;
  is_survived: boolean;
  probability: number | null;
  classes: ClassShare[];
}

/** A picture as it was, under each challenge alone, under each pair, and under all. */
export interface Challenges {
  model: string;
  image: string;
  class: number;
  label: string;
  pictures: ChallengedPicture[];
}

/** What is reached without looking at the pictures. */
export interface Chance {
  accuracy: number;
  loss: number;
  is_balanced: boolean;
}

/** What is said anew of a network: what is left out stays, labels of null become numbers. */
export interface ChangeModelBody {
  labels?: string[] | null;
  preprocessing?: PreprocessingBody | null;
}

/** One channel, and the class's scores with it switched off, less those as it is. */
export interface ChannelAblation {
  channel: number;
  logit_difference: number | null;
  probability_difference: number | null;
}

/** What one channel adds to the logit. */
export interface ChannelShare {
  channel: number;
  share: number | null;
}

/** One map, or one number of a vector. */
export interface ChannelStatistics {
  index: number;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  fraction_active: number;
  not_finite: number;
  contribution?: number | null;
}

/** The networks that a run left on its way, by step. */
export interface CheckpointList {
  run: string;
  checkpoints: Checkpoint[];
}

/** The network after a step, under the id that opens it. */
export interface Checkpoint {
  step: number;
  epoch: number;
  loss: number | null;
  accuracy: number | null;
  model: string;
}

/** One pixel or output (channel, row, column), or one weight (kernel, channel, row, column). */
export interface ChosenBody {
  kind: "pixel" | "weight" | "output";
  place: number[];
}

/** One class; differences are after less before. */
export interface ClassChange {
  index: number;
  label: string;
  logit_before: number | null;
  logit_after: number | null;
  logit_difference: number | null;
  probability_before: number | null;
  probability_after: number | null;
  probability_difference: number | null;
}

/** One class: its logit as the network returned it, and two ways to read that as a share. */
export interface ClassScore {
  index: number;
  label: string;
  logit: number | null;
  probability: number | null;
  sigmoid: number | null;
}

/** One class at one place of a sweep. */
export interface ClassShare {
  index: number;
  label: string;
  logit: number | null;
  probability: number | null;
}

/** One event: what it costs, and its share in each sum; null where infinite. */
export interface CodedEvent {
  best_length_bits: number | null;
  length_bits: number | null;
  entropy_bits: number;
  cross_entropy_bits: number | null;
  divergence_bits: number | null;
}

/** Two distributions over the same events: what happens, and what a code expects. */
export interface CodesLossBody {
  kind: "codes";
  p: number[];
  q: number[];
}

/** What events of p cost in a code made for q, in bits; null where infinite. */
export interface CodesLoss {
  entropy_bits: number;
  cross_entropy_bits: number | null;
  divergence_bits: number | null;
  events: CodedEvent[];
}

/** A template beside the patch that it is laid over at one place. */
export interface Comparison {
  model: string;
  layer: string;
  image: string;
  filter: number;
  row: number;
  column: number;
  shape: number[];
  dot: number | null;
  cosine: number | null;
  bias: number | null;
  patch_l1: number | null;
  patch_l2: number | null;
  patch_linf: number | null;
}

/** How far the parts add up: `total` is their sum, `difference` what it should be. */
export interface Completeness {
  total: number | null;
  difference: number | null;
  gap: number | null;
  relative_gap: number | null;
}

/** How sure a network was of the right class, picture by picture. */
export interface ConfidencesLossBody {
  kind: "confidences";
  confidences: number[];
  repeated?: number;
}

/** A picture, kernels and how they slide; dL/dy, which is 1 everywhere unless told. */
export interface ConvolutionBody {
  picture: number[][][];
  kernels: number[][][][];
  bias?: number[] | null;
  stride?: number;
  padding?: number;
  dilation?: number;
  output_gradient?: number[][][] | null;
  chosen?: ChosenBody | null;
  backward?: boolean;
  activation?: "none" | "relu";
  pooling?: PoolingBody | null;
}

/** The convolution, and what comes back through it. */
export interface Convolution {
  output_size: Size;
  output: number[][][];
  shares: number[][][][];
  layer?: ConvolvedLayer | null;
  loss: number;
  columns: number[][];
  output_gradient: number[][][];
  column_gradient: number[][];
  fan_out: number[][][];
  weight_gradient: number[][][][];
  bias_gradient: number[];
  input_gradient: number[][][];
  uses: Use[];
  up_to?: UpTo | null;
}

/** The maps after the activation, and pooled if that was asked for. */
export interface ConvolvedLayer {
  activated: number[][][];
  pooled_size: Size | null;
  pooled: number[][][] | null;
  winners: number[][][] | null;
}

/** A unit's value without and with the patch. */
export interface CoveredUnit {
  model: string;
  layer: string;
  image: string;
  other: string | null;
  channel: number;
  row: number;
  column: number;
  patch: Box;
  input_box: Box | null;
  seen_pixels: number;
  before: number | null;
  after: number | null;
  change: number | null;
}

/** A point of a function. */
export interface CurvePoint {
  x: number | null;
  y: number | null;
}

/** One function at those places. */
export interface Curve {
  name: "identity" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "elu";
  values: number[];
  slopes: number[];
}

/** Of how many held-out digits a network says what they are, some of its ways cut. */
export interface CutAccuracy {
  model: string;
  cuts: string[];
  digits: number;
  correct: number;
  accuracy: number;
}

/** A layer that adds two others, or stacks some, reads zeros from one of them. */
export interface CutBody {
  kind: "cut";
  layer: string;
  input: string;
}

/** A data set; `detail` says why it cannot be had, where `available` is false. */
export interface Data {
  name: string;
  title: string;
  kind: "photograph" | "digit";
  available: boolean;
  is_here: boolean;
  detail: string | null;
}

/** logit = sum of the shares + bias, exactly but for rounding. */
export interface Decomposition {
  model: string;
  image: string;
  class: number;
  label: string;
  rival: number | null;
  rival_label: string | null;
  layer: string | null;
  logit: number | null;
  bias: number | null;
  residual: number | null;
  shares: ChannelShare[];
}

/** The settings of a design's recipe, for its optimiser; others have `defaults` of their own. */
export interface Defaults {
  optimiser: "nesterov" | "momentum" | "sgd" | "gradient-descent" | "random-local-search" | "random-search";
  learning_rate: number;
  batch_size: number;
  epochs: number;
  momentum: number;
  weight_decay: number;
  schedule: "cosine" | "constant";
}

/** Deletion and insertion curves (Petsiuk et al. 2018), in the map's order and at random. */
export interface DeletionCurves {
  model: string;
  image: string;
  method: string;
  value: "probability" | "unit";
  points: DeletionPoint[];
  areas: Areas;
  ties: number;
}

/** What the target is with this share of the pixels deleted, or inserted. */
export interface DeletionPoint {
  fraction: number;
  deletion: number | null;
  insertion: number | null;
  random_deletion: number | null;
  random_insertion: number | null;
}

/** How much the unit's value changes with that of a unit that it reads. */
export interface Derivative {
  unit: UnitValue;
  value: number | null;
}

/** Two steps beside each other, by their places; null where one of them is missing. */
export interface DesignRow {
  before: number | null;
  after: number | null;
  mark: "same" | "changed" | "new" | "gone";
  changed: ("kind" | "count" | "windows" | "stride" | "groups" | "inputs" | "maps" | "size" | "activation" | "batch_norm")[];
}

/** A design that can be trained, with ten classes and one channel; both follow the data. */
export interface Design {
  name: string;
  title: string;
  family: string;
  parameters: number;
  input_size: InputSize;
  defaults: Defaults;
  engines: ("torch" | "numpy")[];
}

/** A layer with its activation, or a block; or several equal ones in a row. */
export interface DesignStep {
  kind: "convolution" | "inception" | "residual" | "dense" | "max pooling" | "average pooling" | "normalisation";
  count: number;
  layers: string[];
  windows: number[];
  stride: number;
  groups: number;
  inputs: number;
  maps: number[];
  size: number;
  activation: string;
  batch_norm: boolean;
  parameters: number;
  macs: number;
  field: number | null;
}

/** The networks in the order in which they were published. */
export interface Designs {
  designs: FamousDesign[];
}

/** What a network says of one held-out digit. */
export interface DigitScore {
  number: number;
  probability: number | null;
  best: ClassShare;
}

/** The mean cross-entropy of ten templates over digits of mnist5k, from all zeros. */
export interface DigitsField {
  kind: "digits";
  examples?: number;
  passes?: number;
}

/** How far a download has come, or how the last one ended. */
export interface Download {
  state: "running" | "done" | "failed" | "cancelled";
  received_bytes: number;
  total_bytes: number | null;
  detail: string | null;
}

/** What is done to a picture: clutter, bend, viewpoint, move, scale, turn, light, blur, cover. */
export interface EditFields {
  shift_x?: number;
  shift_y?: number;
  scale?: number;
  rotation_degrees?: number;
  brightness?: number;
  blur?: number;
  cover_left?: number;
  cover_top?: number;
  cover_size?: number;
  viewpoint_degrees?: number;
  deformation?: number;
  clutter?: number;
}

/** One weight of a convolution or of a linear layer becomes this number. */
export interface EditKernelBody {
  kind: "edit_kernel";
  layer: string;
  channel: number;
  input_channel: number;
  row?: number;
  column?: number;
  value: number;
}

/** The input gradient of one unit, in numbers. */
export interface EffectiveField {
  model: string;
  layer: string;
  image: string | null;
  pictures: number;
  channel: number;
  row: number;
  column: number;
  is_dead: boolean;
  mass: number;
  mass_box: Box | null;
  mass_pixels: number;
  mass_share: number | null;
  theoretical_share: number | null;
  centre: Centre | null;
  sigma: Spread | null;
  input_box: Box | null;
}

/** Products of an inflow with a local gradient. */
export interface Effort {
  cached: number;
  naive: number;
  paths: number;
}

/** What computes the steps. */
export interface Engine {
  name: string;
  title: string;
}

/** The held-out pictures after an epoch; 0 is before the first step. */
export interface Epoch {
  epoch: number;
  step: number;
  loss: number | null;
  accuracy: number;
  is_at_chance: boolean;
}

/** The maps of a moved picture, less the maps of the picture moved by as much. */
export interface Equivariance {
  model: string;
  image: string;
  layer: string;
  right: number;
  down: number;
  stride: Stride;
  steps: Steps;
  is_multiple: boolean;
  overlap: Box;
  inside: Box;
  inside_units: number;
  largest_value: number;
  largest_difference: number | null;
  largest_difference_inside: number | null;
}

/** All of a kind, or all of them, photographs first. */
export interface ExampleList {
  examples: Example[];
}

/** A picture that is always there; its id works wherever an image id does. */
export interface Example {
  id: string;
  kind: "photograph" | "digit";
  title: string;
  author: string;
  licence: string;
  source: string;
  width: number;
  height: number;
  focus: Focus;
  notes: PictureNote[];
}

/** A unit, its value and what it reads. */
export interface ExcitingPatch {
  row: number;
  column: number;
  value: number | null;
  input_box: Box | null;
  image_box: Box | null;
}

/** The patches of a picture that excite a channel most (`best`) and least (`worst`). */
export interface ExcitingPatches {
  model: string;
  layer: string;
  image: string;
  channel: number;
  best: ExcitingPatch[];
  worst: ExcitingPatch[];
}

/** How one unit got its value. */
export interface Explanation {
  model: string;
  image: string;
  layer: string;
  operation: string;
  channel: number;
  row: number | null;
  column: number | null;
  value: number | null;
  explained: number | null;
  difference: number | null;
  kind: "weighted_sum" | "maximum" | "function" | "normalisation" | "elementwise" | "copy" | "pixel" | "unexplained";
  rule: string;
  formula: FormulaToken[];
  note: string;
  operands: UnitValue[];
  patch: PatchGeometry | null;
  largest: Term[];
  winner: Term | null;
  bias: number | null;
  divisor: number | null;
  derivatives: Derivative[];
  curve: CurvePoint[];
  matrix: MatrixPlace | null;
  pixel: PixelOrigin | null;
}

/** A graph of numbers, from what a person typed. */
export interface ExpressionQuestion {
  kind: "expression";
  expression: string;
  values?: Record<string, number>;
  inflow?: number;
}

/** One network. */
export interface FamousDesign {
  model: string;
  name: string;
  paper: Paper;
  known_for: string;
  changed: string;
  error: PublishedError;
  single_error: PublishedError;
  input_size: number;
  parameters: number;
  macs: number;
  depth: number;
  field: number | null;
  steps: DesignStep[];
  joins: Join[];
  trained: TrainedDesign;
  rows: DesignRow[];
}

/** One filter. */
export interface FilterFacts {
  index: number;
  l1: number | null;
  l2: number | null;
  linf: number | null;
  mean: number | null;
  bias: number | null;
  is_dead: boolean;
  nearest: number | null;
  cosine: number | null;
}

/** A template against every place of its input. */
export interface FilterMatch {
  model: string;
  layer: string;
  image: string;
  filter: number;
  source: string;
  shape: number[];
  bias: number | null;
  dot_minimum: number | null;
  dot_maximum: number | null;
  best: MatchPlace[];
  worst: MatchPlace[];
}

/** The place of a picture that a person looks at first, in px of the upright picture. */
export interface Focus {
  y: number;
  x: number;
  name: string;
}

/** A piece of the formula: text, or a number with its name; `unit` where it is a unit's value. */
export interface FormulaToken {
  text: string;
  value: number | null;
  unit: UnitValue | null;
}

/** One use of a value, and what it sends back: inflow of the target times local gradient. */
export interface GraphEdge {
  source: string;
  target: string;
  slot: number;
  rule: string;
  local: number | null;
  sent: number | number[][];
}

/** A value: one number, or the rows of a matrix. */
export interface GraphNode {
  id: string;
  kind: string;
  text: string;
  inputs: string[];
  value: number | number[][];
  inflow: number | number[][] | null;
}

/** Nodes in the order of the steps forward, edges in the order of the steps back. */
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  effort: Effort;
}

/** The process answers. */
export interface Health {
  status?: "alive";
  version: string;
}

/** Shape of the tensor that a network sees. */
export interface InputSize {
  height: number;
  width: number;
  channels: number;
}

/** What to change, and which classes to tell of beside the highest before and after. */
export interface InterventionsBody {
  interventions: (SwitchOffBody | ScaleBody | PinBody | EditKernelBody | BlankBody | CutBody)[];
  classes?: number[];
  top?: number;
}

/** The scores without and with the interventions. */
export interface Interventions {
  entropy_bits_before: number | null;
  entropy_bits_after: number | null;
  classes: ClassChange[];
  model: string;
  image: string;
  interventions: number;
  recomputed_layers: number;
  recomputed_macs_share: number;
}

/** One function of a vector, or two in a row. */
export interface JacobianQuestion {
  x: number[];
  stages: ChainedFunction[];
  layout?: "column" | "row";
  inflow?: number[] | null;
  label?: number | null;
}

/** All Jacobians, and what flowed back where there was an inflow or a label. */
export interface Jacobian {
  stages: WorkedStage[];
  product: number[][];
  whole: number[][];
  loss: number | null;
  inflow: number[] | null;
}

/** Where the lanes of a block, or a block and its bridge, come together. */
export interface Join {
  layer: string;
  kind: "convolution" | "inception" | "residual" | "dense" | "max pooling" | "average pooling" | "normalisation";
  inputs: number;
  maps: number;
  size: number;
  lanes: Lane[];
}

/** The gradient by the weights of one kernel, and by its bias, null where it has none. */
export interface KernelGradient {
  index: number;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  l2: number | null;
  not_finite: number;
  bias: number | null;
}

/** One way through a block; without windows, what comes in goes on as it is. */
export interface Lane {
  source: string;
  windows: number[];
  maps: number[];
  is_pooled: boolean;
  parameters: number;
}

/** A layer as an event tells it; one piece a layer, and two in a hidden layer of maxout. */
export interface LayerBody {
  weight: number[][][];
  bias: number[][];
  weight_velocity: number[][][];
  bias_velocity: number[][];
}

/** The filters of a layer in numbers. */
export interface LayerFilters {
  model: string;
  layer: string;
  operation: string;
  kind: "rgb" | "single" | "depthwise" | "kernels" | "mixing";
  shape: number[];
  groups: number;
  source: string;
  source_shape: number[];
  frobenius: number | null;
  largest: number | null;
  dead: number;
  order_by: string;
  order: number[] | null;
  filters: FilterFacts[];
}

/** One layer: a call that made a tensor worth looking at. */
export interface Layer {
  id: string;
  operation: string;
  known: boolean;
  module: string;
  module_class: string;
  inputs: string[];
  output_shape: number[];
  parameters: number;
  macs: number;
  kernel: Size | null;
  stride: Size | null;
  dilation: Size | null;
  groups: number;
  has_filters: boolean;
  receptive_field: ReceptiveField;
}

/** What a layer returned, channel by channel and as a whole. */
export interface LayerStatistics {
  model: string;
  image: string;
  layer: string;
  shape: number[];
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  fraction_active: number;
  not_finite: number;
  class?: number | null;
  rival?: number | null;
  channels: ChannelStatistics[];
}

/** A place, and how alike the patch there is. */
export interface LikePlace {
  row: number;
  column: number;
  value: number;
}

/** One patch of a picture, and what counts as alike. */
export interface LikenessBody {
  image: string;
  patch: PlaceBody;
  side?: number;
  measure?: "dot" | "cosine" | "centred" | "distance";
  p?: number | null;
}

/** How alike every place of the picture at 64 x 64 is to one of its patches. */
export interface Likeness {
  map: number[][];
  itself: LikePlace;
  best: LikePlace[];
  rank: number;
  places: number;
  lowest: number;
  median: number;
  highest: number;
}

/** How long and how large a run may become, and how much is kept of all of them. */
export interface Limits {
  time_s: number;
  steps: number;
  memory_bytes: number;
  store_bytes: number;
  kept_runs: number;
}

/** One point. */
export interface LinePoint {
  x: number[];
  label: number;
}

/** The layers in the order in which x goes through them, and x. */
export interface LinearBody {
  layers: LinearLayerBody[];
  x: number[];
}

/** y = W x + b. */
export interface LinearLayerBody {
  weight: number[][];
  bias?: number[] | null;
}

/** A stack at one x, computed layer by layer and at once, in float64. */
export interface Linear {
  stages: LinearStage[];
  stacked: number[];
  at_once: number[];
  largest_difference: number;
}

/** What one layer of the stack returns, and the single layer that stands for all up to it. */
export interface LinearStage {
  value: number[];
  weight: number[][];
  bias: number[];
}

/** The points, the three score functions, and how far to train them. */
export interface LinesBody {
  points?: "corners" | "row" | "ring";
  seed?: number;
  weight: number[][];
  bias: number[];
  steps?: number;
  rate?: number;
}

/** Points of the plane, and three score functions on their way, in float64. */
export interface Lines {
  points: LinePoint[];
  path: LinesStep[];
}

/** The score functions after some steps, and how the points stand to them. */
export interface LinesStep {
  weight: number[][];
  bias: number[];
  weight_gradient: number[][];
  bias_gradient: number[];
  loss: number;
  right: number;
  best: number[];
}

/** How far the data is on its way; `total` is null until it is known. */
export interface Loading {
  doing: "downloading" | "reading";
  what: string;
  done: number;
  total: number | null;
  unit: "bytes" | "files";
}

/** The product of the confidences of many pictures, as a machine has it. */
export interface LongProduct {
  pictures: number;
  float32: number;
  float64: number;
  logarithm: number | null;
  float32_is_zero_from: number | null;
  float64_is_zero_from: number | null;
}

/** One of the two, as asked. */
export interface Loss {
  pictures?: PicturesLoss | null;
  codes?: CodesLoss | null;
}

/** The gradient by one map, or by one number of a vector; null where no value is finite. */
export interface MapGradient {
  index: number;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  l2: number | null;
  not_finite: number;
}

/** One place of the layer's output, and how well the template matches there. */
export interface MatchPlace {
  row: number;
  column: number;
  dot: number | null;
  cosine: number | null;
}

/** The convolution as one matrix product: (positions x terms) times (terms x kernels). */
export interface MatrixPlace {
  positions: number;
  terms: number;
  kernels: number;
  groups: number;
  group: number;
  row: number;
  column: number;
  repetition: number;
}

/** How the climb went. */
export interface Maximisation {
  model: string;
  layer: string;
  channel: number;
  steps: number;
  seed: number;
  started_from: number;
  moved: boolean;
  shape: number[];
  start: number | null;
  end: number | null;
  values: (number | null)[];
}

/** A model with its layers in execution order, `input` first, and as its modules nest them. */
export interface ModelDetail {
  id: string;
  architecture: string;
  tag: string;
  title: string;
  family: string;
  year: number | null;
  origin: "pretrained" | "trained_here" | "random" | "custom";
  input_kind: "photograph" | "digit";
  preparations: ("centred" | "as-drawn")[];
  input_size: InputSize;
  classes: number;
  parameters: number;
  is_default_tag: boolean;
  metrics: string;
  paper: Paper | null;
  notes: string;
  assumed: ("labels" | "preprocessing")[];
  weights: Weights;
  labels: string[];
  preprocessing: Record<string, any>;
  layers: Layer[];
  blocks: Block;
  output: string;
  macs: number;
}

/** Every model of the catalogue, then those that were trained or opened here. */
export interface ModelList {
  default_model: string;
  model_uploads: boolean;
  models: Model[];
}

/** A network with one set of weights. */
export interface Model {
  id: string;
  architecture: string;
  tag: string;
  title: string;
  family: string;
  year: number | null;
  origin: "pretrained" | "trained_here" | "random" | "custom";
  input_kind: "photograph" | "digit";
  preparations: ("centred" | "as-drawn")[];
  input_size: InputSize;
  classes: number;
  parameters: number;
  is_default_tag: boolean;
  metrics: string;
  paper: Paper | null;
  notes: string;
  assumed: ("labels" | "preprocessing")[];
  weights: Weights;
}

/** A setting or a number by name. */
export interface NamedNumber {
  name: string;
  value: boolean | number | string | null;
}

/** Where a run goes on: `step` and `layers` of one of its events. */
export interface NetworkBody {
  step: number;
  layers: LayerBody[];
}

/** Where a network's input lies in a picture. */
export interface NetworkInput {
  model: string;
  image: string;
  image_size: Size;
  input_size: InputSize;
  image_box: Box;
  notes: PictureNote[];
}

/** The graph of L = cross-entropy(y, softmax(W2 f(W1 x))), with matrices on its edges. */
export interface NetworkQuestion {
  kind: "network";
  inputs: number[][];
  hidden_weights: number[][];
  output_weights: number[][];
  labels: number[];
  activation?: "identity" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "elu";
}

/** A class's logit, or a unit's value, while the picture is covered patch by patch. */
export interface Occlusion {
  model: string;
  image: string;
  score: number | null;
  minimum: number | null;
  maximum: number | null;
  rows: number;
  columns: number;
  patches: PatchScore[];
}

/** Which upload to open, as what, and what only its owner knows of it. */
export interface OpenModelBody {
  checkpoint: string;
  name: string;
  architecture?: string | null;
  labels?: string[] | null;
  preprocessing?: PreprocessingBody | null;
  input_shape?: number[] | null;
}

/** A rule for updates, the same for every weight. */
export interface Optimiser {
  name: "nesterov" | "momentum" | "sgd" | "gradient-descent" | "random-local-search" | "random-search";
  title: string;
  rule: string;
  detail: string;
  settings: string[];
  defaults: OwnDefaults;
  sees_whole_set: boolean;
}

/** Every layer in execution order. */
export interface Overview {
  model: string;
  image: string;
  layers: Strongest[];
}

/** Settings that an optimiser has in place of a design's; null where it has the design's. */
export interface OwnDefaults {
  epochs?: number | null;
  learning_rate?: number | null;
  schedule?: "cosine" | "constant" | null;
  weight_decay?: number | null;
  scale?: number | null;
}

/** The same templates over a single digit: the person's own. */
export interface OwnDigitField {
  kind: "own_digit";
  pixels: number[];
  label: number;
  passes?: number;
}

/** Where a design or a method was published. */
export interface Paper {
  title: string;
  authors: string;
  year: number;
  url: string;
}

/** How large A less B is. */
export interface PatchDifference {
  norm: number;
  one: number;
  two: number;
  largest: number;
  curve: number[][];
  shares: number[][];
}

/** The block that the unit reads: `terms` = channels x rows x columns, counted in C order. */
export interface PatchGeometry {
  layer: string;
  first_channel: number;
  channels: number;
  rows: (number | null)[];
  columns: (number | null)[];
  terms: number;
  is_weighted: boolean;
  total: number | null;
}

/** How alike A and B are, by each measure. */
export interface PatchMeasures {
  dot: number;
  cosine: number | null;
  centred: number | null;
  distance: number;
}

/** A and B in its light; less the means of their colours if that was asked for. */
export interface PatchPair {
  b: number[][][];
  hadamard: number[][][];
  dots: number[];
  dot: number;
  lengths: number[];
  cosine: number | null;
  degrees: number | null;
}

/** A patch, and its length as a vector. */
export interface Patch {
  row: number;
  column: number;
  values: number[][][];
  mean: number;
  norm: number;
}

/** The score with this box of the input covered; half-open, in pixels of the input. */
export interface PatchScore {
  top: number;
  left: number;
  bottom: number;
  right: number;
  score: number | null;
}

/** From A by way of B to C, against the straight way, in Lp. */
export interface PatchWay {
  first: number;
  second: number;
  straight: number;
  detour: number;
  shortest: PlaceBody | null;
}

/** Three patches A, B and C of one picture, and how to measure them. */
export interface PatchesBody {
  image: string;
  a: PlaceBody;
  b: PlaceBody;
  c: PlaceBody;
  side?: number;
  p?: number | null;
  centred?: boolean;
  gain?: number;
  lift?: number;
  factor?: number;
  seek?: boolean;
}

/** What can be computed of patches of the picture at 64 x 64, in float64. */
export interface Patches {
  a: Patch;
  b: Patch;
  c: Patch;
  pair: PatchPair;
  plain: PatchMeasures;
  lit: PatchMeasures;
  products: number[][][];
  difference: PatchDifference;
  way: PatchWay;
  scaled: ScaledPatch;
}

/** A class folder, and how many pictures of it could be read. */
export interface PictureClass {
  name: string;
  pictures: number;
}

/** One picture; of confidences, the classes are the right one and all others together. */
export interface PictureLoss {
  probabilities: number[];
  logarithms: (number | null)[];
  log_sum: number;
  loss_nats: number | null;
  gradient: number[];
}

/** Something to know of how the file was read: a slug for programs, a sentence for people. */
export interface PictureNote {
  code: string;
  text: string;
  alternative: "stored" | "profile" | null;
}

/** Own pictures that are kept or being read, the newest first, and what may be sent. */
export interface PictureSetList {
  sets: PictureSet[];
  most_bytes: number;
}

/** Own pictures. `POST /training/runs` takes them by `name` once `state` is `ready`. */
export interface PictureSet {
  id: string;
  name: string;
  title: string;
  state: "reading" | "ready" | "failed";
  detail: string | null;
  created: string;
  files: number;
  files_read: number;
  classes: PictureClass[];
  pictures: number;
  skipped: SkippedPicture[];
  skipped_pictures: number;
}

/** The loss of some pictures; `long_product` is of confidences alone. */
export interface PicturesLoss {
  product: number;
  geometric_mean: number;
  mean_logarithm: number | null;
  loss_nats: number | null;
  loss_bits: number | null;
  pictures: PictureLoss[];
  long_product: LongProduct | null;
}

/** A channel, or one unit, becomes this number. */
export interface PinBody {
  layer: string;
  channel: number;
  row?: number | null;
  column?: number | null;
  kind: "pin";
  value: number;
}

/** Where a pixel of the input lies in the upright picture, and the picture's own pixel there. */
export interface PixelOrigin {
  image_box: Box;
  image_row: number | null;
  image_column: number | null;
  red: number | null;
  green: number | null;
  blue: number | null;
}

/** The middle square of a picture, each number the mean of an area, 0 black and 255 full. */
export interface Pixels {
  image: string;
  channels: ("red" | "green" | "blue" | "grey")[];
  pixels: number[][][];
}

/** Upper left corner of a patch; one that would leave the picture is moved into it. */
export interface PlaceBody {
  row: number;
  column: number;
}

/** Points, a network 2 - hidden - 2, and how long to train it. The same body, the same run. */
export interface PlaygroundBody {
  points?: "rings" | "xor" | "spirals" | "blobs";
  count?: number;
  noise?: number;
  hidden?: number[];
  activation?: "identity" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "elu" | "maxout";
  rate?: number;
  momentum?: number;
  seed?: number;
  steps?: number;
  every?: number;
  probe?: any[];
  network?: NetworkBody | null;
}

/** One number for every window of every map, without padding. */
export interface PoolingBody {
  kind: "max" | "average";
  size?: number;
  stride?: number;
}

/** The scores of one picture, the largest logit first. */
export interface Prediction {
  model: string;
  image: string | null;
  origin: "pretrained" | "trained_here" | "random" | "custom";
  class_count: number;
  classes: ClassScore[];
  entropy_bits: number | null;
  maximum_entropy_bits: number;
  image_size: Size;
  input_size: InputSize;
  image_box: Box;
  notes: PictureNote[];
}

/** How pictures become the network's input. What is left out is as the design's library has it. */
export interface PreprocessingBody {
  kind?: string | null;
  resize?: number | null;
  interpolation?: string | null;
  mean?: number[] | null;
  std?: number[] | null;
  channel_order?: string | null;
}

/** RFC 9457; some problems carry further members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

/** How much the pixels of the field count, along one axis, where all weights are alike. */
export interface Profile {
  share: number[];
  sigma: number;
  normal: number[];
  central_px: number;
}

/** The projection of one unit in numbers. */
export interface Projection {
  model: string;
  layer: string;
  image: string;
  channel: number;
  row: number;
  column: number;
  rule: "plain" | "guided" | "deconvnet";
  shape: number[];
  minimum: number | null;
  maximum: number | null;
  rectifiers: Record<string, number>;
}

/** Which units of every layer read one pixel of the input, in the order of execution. */
export interface ProjectiveFields {
  model: string;
  row: number;
  column: number;
  first_gate: string | null;
  layers: ReachedLayer[];
}

/** The units of a layer that read one pixel of the input. */
export interface Projective {
  model: string;
  layer: string;
  row: number;
  column: number;
  box: Box | null;
  units: number;
  touched_fraction: number;
  is_bound: boolean;
}

/** An error as the paper gives it, and the table where it stands. */
export interface PublishedError {
  percent: number;
  measure: string;
  source: string;
}

/** What is searched, who searches, and by what rules. */
export interface RaceBody {
  field: SurfaceField | DigitsField | OwnDigitField;
  searchers?: ("random_search" | "local_search" | "full_gradient" | "minibatch" | "one_at_a_time")[];
  rate?: number;
  momentum?: number;
  batch_size?: number;
  guess_scale?: number;
  change_scale?: number;
  seed?: number;
}

/** Cascading randomisation from the top layer down (Adebayo et al. 2018). */
export interface Randomisation {
  model: string;
  image: string;
  method: string;
  layer: string | null;
  seed: number;
  stages: RandomisationStage[];
}

/** The map with this block and all behind it random. */
export interface RandomisationStage {
  block: string;
  spearman: number | null;
  spearman_absolute: number | null;
  ssim: number | null;
  target_value: number | null;
  minimum: number | null;
  maximum: number | null;
}

/** The units of one layer that read the pixel. */
export interface ReachedLayer {
  layer: string;
  channels: number;
  height: number;
  width: number;
  box: Box | null;
  units: number;
  reached_channels: number;
  touched_fraction: number;
  is_bound: boolean;
  parts: ReachedPart[];
}

/** Channels, rows and columns that meet in reached units, as half-open runs: `[[0, 3], [5, 6]]`. */
export interface ReachedPart {
  channels: any[][];
  rows: any[][];
  columns: any[][];
}

/** A part of the input that is really read. */
export interface Reached {
  input_box: Box | null;
  touched_fraction: number;
  image_box?: Box | null;
}

/** What a channel says at the place. */
export interface Reaction {
  channel: number;
  value: number | null;
  deviation: number | null;
}

/** The channels of a layer that react most at a place, and what a unit there reads. */
export interface Reactions {
  model: string;
  layer: string;
  image: string;
  row: number;
  column: number;
  order: "deviation" | "value";
  input_box: Box | null;
  image_box: Box | null;
  channels: Reaction[];
}

/** The default model is in memory, and computations get on. */
export interface Readiness {
  status?: "ready";
  default_model: string;
}

/** How the numbers of the file are taken. */
export interface Reading {
  colours: "stored" | "profile";
}

/** The receptive field of a layer's units, in closed form. */
export interface ReceptiveField {
  size: Axes | null;
  stride: Axes | null;
  padding: Axes | null;
  aligned: boolean | null;
  extent: "local" | "global";
  of: "unit" | "trunk";
  status: "exact" | "bound" | "unknown";
  reason: string;
}

/** How neighbouring units of one row of a map got their values, each by a window. */
export interface RowExplanation {
  model: string;
  image: string;
  layer: string;
  operation: string;
  channel: number;
  row: number;
  kind: "weighted_sum" | "maximum" | "function" | "normalisation" | "elementwise" | "copy" | "pixel" | "unexplained";
  bias: number | null;
  patch: RowPatch;
  units: RowUnit[];
}

/** What the windows of a row share: see the patch of a single unit. */
export interface RowPatch {
  layer: string;
  first_channel: number;
  channels: number;
  rows: (number | null)[];
  is_weighted: boolean;
  padding: number | null;
}

/** One unit of a row, as far as it differs from its neighbours. */
export interface RowUnit {
  column: number;
  value: number | null;
  explained: number | null;
  columns: (number | null)[];
  total: number | null;
  winner: number | null;
  divisor: number | null;
}

/** What is said anew of a run. */
export interface RunChange {
  name: string;
}

/** What was chosen, in full; null is what the optimiser does not use. */
export interface RunChoice {
  architecture: string;
  data: string;
  engine: "torch" | "numpy";
  optimiser: "nesterov" | "momentum" | "sgd" | "gradient-descent" | "random-local-search" | "random-search";
  learning_rate: number | null;
  schedule: "cosine" | "constant" | null;
  batch_size: number | null;
  scale: number | null;
  epochs: number;
  seed: number;
}

/** The runs that are kept, the newest first. */
export interface RunList {
  runs: Run[];
}

/** What to train; what is left out is as the design's recipe says, or the optimiser's own. */
export interface RunRequest {
  architecture: string;
  data?: string;
  engine?: "torch" | "numpy";
  optimiser?: "nesterov" | "momentum" | "sgd" | "gradient-descent" | "random-local-search" | "random-search" | null;
  learning_rate?: number | null;
  schedule?: "cosine" | "constant" | null;
  batch_size?: number | null;
  scale?: number | null;
  epochs?: number | null;
  seed?: number;
}

/** A run: what was chosen, how far it is, how it ended. */
export interface Run {
  id: string;
  name: string;
  origin: "server" | "command_line";
  state: "starting" | "running" | "paused" | "measuring" | "finished" | "learned_nothing" | "stopped" | "diverged" | "failed" | "crashed" | "interrupted";
  is_going_on: boolean;
  detail: string | null;
  created: string;
  choice: RunChoice;
  loading: Loading | null;
  step: number;
  steps_total: number | null;
  parameters: number | null;
  training_pictures: number | null;
  held_out_pictures: number | null;
  skipped_pictures: number | null;
  held_out_accuracy: number | null;
  held_out_loss: number | null;
  chance: Chance | null;
  class_names: string[] | null;
  last_epoch: Epoch | null;
  model: string | null;
  checkpoints: Checkpoint[];
}

/** Some of the pictures that a run did not learn from, classes in turn. */
export interface SampleList {
  run: string;
  samples: Sample[];
}

/** A held-out picture of a run; `.../samples/{number}` is the picture. */
export interface Sample {
  number: number;
  label: string;
}

/** A channel, or one unit, is multiplied. */
export interface ScaleBody {
  layer: string;
  channel: number;
  row?: number | null;
  column?: number | null;
  kind: "scale";
  factor: number;
}

/** A times a factor. */
export interface ScaledPatch {
  norm: number;
  scaled: number;
}

/** Logits of some pictures, and what each picture really shows. */
export interface ScoresLossBody {
  kind: "scores";
  scores: number[][];
  labels?: number[] | null;
  truth?: number[][] | null;
}

/** The accuracy of one network on held-out digits, by how far they were moved. */
export interface ShiftAccuracies {
  model: string;
  title: string;
  parameters: number;
  direction: "right" | "left" | "down" | "up";
  digits: number;
  learned_shift_px: number | null;
  training_digits: number;
  training_correct: number;
  training_accuracy: number;
  points: ShiftPoint[];
}

/** How many of the digits are read right when all are moved by so many pixels. */
export interface ShiftPoint {
  shift_px: number;
  correct: number;
  accuracy: number;
}

/** Height and width in pixels. */
export interface Size {
  height: number;
  width: number;
}

/** A file that was left out, and why. */
export interface SkippedPicture {
  file: string;
  reason: string;
}

/** Standard deviations in pixels of the network's input. */
export interface Spread {
  height: number;
  width: number;
}

/** A picture, the layers over it, and a field that is to be reached. */
export interface StackBody {
  input: number;
  channels?: number;
  layers: StackLayerBody[];
  target?: number | null;
  width?: number;
}

/** One layer; its numbers hold for rows and columns alike. */
export interface StackLayerBody {
  kind: "convolution" | "separable" | "pool";
  kernel: number;
  stride?: number;
  padding?: number;
  dilation?: number;
  channels?: number;
  groups?: number;
}

/** A layer that can be asked about as it is. */
export interface StackLayer {
  kind: "convolution" | "separable" | "pool";
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
  channels: number;
  groups: number;
}

/** A stack whose field is at least the target, of padded layers. */
export interface StackProposal {
  way: "window" | "plain" | "separable" | "strided" | "pooled" | "dilated";
  count: number;
  layers: StackLayer[] | null;
  size: number;
  read: number;
  parameters: number;
  multiply_adds: number;
}

/** After one layer. Units a side, maps; field, jump, start and centre in px of the picture. */
export interface StackRow {
  output: number;
  channels: number;
  size: number;
  jump: number;
  start: number;
  centre: number;
  read: number;
  parameters: number;
  multiply_adds: number;
}

/** Every layer's row and their sums; `profile` is null for fields of more than 1,024 px. */
export interface Stack {
  layers: StackRow[];
  parameters: number;
  multiply_adds: number;
  profile: Profile | null;
  proposals: StackProposal[];
}

/** How far maps were moved. */
export interface Steps {
  down: number;
  right: number;
}

/** A picture that the server keeps in memory; width and height are of the upright picture. */
export interface StoredImage {
  id: string;
  width: number;
  height: number;
  format: string;
  bytes: number;
  colours: "stored" | "profile";
  as_sent: boolean;
  notes: PictureNote[];
}

/** Input pixels from one unit of a layer to the next. */
export interface Stride {
  height: number;
  width: number;
}

/** The map of a layer that holds its largest value, and the range of that map. */
export interface Strongest {
  id: string;
  channel: number;
  minimum: number | null;
  maximum: number | null;
}

/** Units of a layer, those with the largest values first. */
export interface StrongestUnits {
  model: string;
  image: string;
  units: UnitValue[];
}

/** A loss of two weights: sum of lambda d^2 / 2 + ripple (1 - cos(frequency d)), d = w - lowest. */
export interface SurfaceField {
  kind: "surface";
  lowest?: any[];
  curvatures?: any[];
  ripple?: number;
  frequency?: number;
  noise?: number;
  start?: any[];
  passes?: number;
  grid?: number;
}

/** The scores where the swept property has this value; `best` is the highest class there. */
export interface SweepPoint {
  value: number;
  best: ClassShare;
  classes: ClassShare[];
}

/** The classes that were asked for along one change of the picture. */
export interface Sweep {
  model: string;
  image: string;
  swept: string;
  points: SweepPoint[];
}

/** A channel, or one unit, becomes 0. */
export interface SwitchOffBody {
  layer: string;
  channel: number;
  row?: number | null;
  column?: number | null;
  kind: "switch_off";
}

/** Scores t, and the temperatures T by which they are divided. */
export interface TemperedScoresBody {
  scores: number[];
  temperatures?: number[];
  first?: number;
}

/** What the exponentials of all scores come to at each temperature, in float64. */
export interface TemperedScores {
  log_sums: number[];
  probabilities: number[][];
}

/** The score of one class: `positive + negative + bias`. */
export interface TemplateScore {
  index: number;
  label: string;
  positive: number;
  negative: number;
  sum: number;
  bias: number;
  score: number;
  logit: number;
  running: number[];
}

/** A linear classifier on one moved picture: all scores, and one template's products. */
export interface TemplateScores {
  model: string;
  image: string;
  right: number;
  down: number;
  shape: number[];
  template: number;
  input: number[];
  products: number[];
  classes: TemplateScore[];
  best: number;
}

/** One of the products. `unit` is null in the padding; `weight` where nothing is weighed. */
export interface Term {
  term: number;
  unit: UnitValue | null;
  value: number | null;
  weight: number | null;
  product: number | null;
}

/** A network of this kind whose weights are there: the design itself or its compact form. */
export interface TrainedDesign {
  model: string;
  title: string;
  parameters: number;
  joins: Join[];
}

/** What there is to choose from, and the run that goes on. */
export interface TrainingOffer {
  allowed: boolean;
  current_run: string | null;
  architectures: Design[];
  data: Data[];
  optimisers: Optimiser[];
  engines: Engine[];
  limits: Limits;
}

/** The layer's field; with a unit also what that unit reads, cut at every layer on the way. */
export interface UnitField {
  size: Axes | null;
  stride: Axes | null;
  padding: Axes | null;
  aligned: boolean | null;
  extent: "local" | "global";
  of: "unit" | "trunk";
  status: "exact" | "bound" | "unknown";
  reason: string;
  model: string;
  layer: string;
  channel?: number | null;
  row?: number | null;
  column?: number | null;
  theoretical_input_box?: Box | null;
  theoretical_image_box?: Box | null;
  input_box?: Box | null;
  touched_fraction?: number | null;
  image_box?: Box | null;
  is_bound?: boolean | null;
  trunk?: Reached | null;
  join?: string | null;
  branches?: Branch[] | null;
}

/** One number of a layer; row and column are 0 for a vector. */
export interface Unit {
  layer: string;
  channel: number;
  row: number;
  column: number;
}

/** A unit and its value; row and column are null in a vector, the value where not finite. */
export interface UnitValue {
  layer: string;
  channel: number;
  row: number | null;
  column: number | null;
  value: number | null;
}

/** What has come back from the outputs until the chosen one, kernel by kernel, row by row. */
export interface UpTo {
  weight_gradient: number[][][][];
  input_gradient: number[][][];
}

/** The uploads that are kept, the newest first. */
export interface UploadedCheckpointList {
  checkpoints: UploadedCheckpoint[];
}

/** A file of weights that the server keeps on its disk, and which designs have its tensors. */
export interface UploadedCheckpoint {
  id: string;
  name: string;
  format: string;
  bytes: number;
  tensors: number;
  candidates: Candidate[];
  class_names: string[];
  left_aside: string[];
}

/** One multiplication: pixel x times weight w, added into an output y. */
export interface Use {
  pixel: number[] | null;
  weight: number[];
  output: number[];
  x: number;
  w: number;
  output_gradient: number;
  product: number;
  to_pixel: number;
  to_weight: number;
  so_far: number;
}

/** The held-out digits of one class: how many are read right, and each one's score. */
export interface Variation {
  model: string;
  digit: number;
  correct: number;
  digits: DigitScore[];
}

/** dL/dw of every weight w, kernel by kernel. */
export interface WeightGradient {
  model: string;
  image: string;
  layer: string;
  class: number;
  label: string;
  loss: number | null;
  probability: number | null;
  shape: number[];
  kernels: KernelGradient[];
}

/** The weights of one model, where a person may put the file, and its download. */
export interface WeightsDetail {
  status: "ready" | "downloadable" | "unavailable" | "damaged";
  bytes: number | null;
  source: string;
  licence: string;
  file_name: string | null;
  detail: string | null;
  model: string;
  directories: string[];
  download: Download | null;
}

/** Whether the weights are on this machine, and where they come from. */
export interface Weights {
  status: "ready" | "downloadable" | "unavailable" | "damaged";
  bytes: number | null;
  source: string;
  licence: string;
  file_name: string | null;
  detail: string | null;
}

/** A function at its place in the chain. */
export interface WorkedStage {
  output: number[];
  jacobian: number[][];
  input_gradient: number[] | null;
  weight_gradient: number[][] | null;
}
