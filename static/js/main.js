/** Puts the page together. */

import { createActions } from "./actions.js";
import { createExact } from "./address/exact.js";
import { carryInto, comingFrom } from "./address/carried.js";
import { createState } from "./address/state.js";
import { createApi } from "./api/api.js";
import { createLayerView } from "./lenses/activations/lens.js";
import { createAttribution } from "./lenses/attribution/attribution.js";
import { createPixelReach } from "./lenses/fields/pixel_reach.js";
import { createUnitField } from "./lenses/fields/unit_field.js";
import { createLensesView } from "./lenses/lenses.js";
import { createLook } from "./lenses/look/look.js";
import { createModelCardView } from "./models/card.js";
import { createCatalogue } from "./models/catalogue.js";
import { createModelChooserView } from "./models/chooser.js";
import { createLayerHeadView } from "./network/layer_head.js";
import { createNetwork } from "./network/network.js";
import { createNetworkView } from "./network/network_view.js";
import { keepUnitChosen } from "./network/opening_unit.js";
import { createOwnDialog } from "./own/dialog.js";
import { createOwnNetworks } from "./own/own_networks.js";
import { createCameraView } from "./picture/camera.js";
import { createDrawingPadView } from "./picture/drawing_pad.js";
import { createExamplesView } from "./picture/examples.js";
import { rememberPicture } from "./picture/last_picture.js";
import { dimFormer } from "./picture/former.js";
import { createNetworkInputView } from "./picture/network_input.js";
import { createPictureNotesView } from "./picture/notes.js";
import { keepPictureColours } from "./picture/picture_colours.js";
import { createPictureView } from "./picture/picture_view.js";
import { createPictures } from "./picture/pictures.js";
import { createPictureSourcesView } from "./picture/sources.js";
import { createStage } from "./picture/stage.js";
import { createProjectorView } from "./projector.js";
import { createAnalysis } from "./scores/analysis.js";
import { createScoreControlsView } from "./scores/controls.js";
import { createEntropyView } from "./scores/entropy.js";
import { createScoresView } from "./scores/scores.js";
import { createTakeAwayView } from "./scores/take_away.js";
import { byId, element } from "./shared/element.js";
import { createKeyHelpView } from "./shared/key_help.js";
import { asProblem } from "./shared/problem.js";
import { createThemeView } from "./shared/theme.js";
import { createTabsView } from "./tabs.js";
import { createTourView } from "./tour/tour.js";

/** @returns {import("./page_types.js").Context} */
function createContext() {
  const api = createApi();
  const state = createState();
  const stage = createStage();
  const catalogue = createCatalogue(api);
  const own = createOwnNetworks({ api, catalogue });
  const pictures = createPictures({ api, state });
  const analysis = createAnalysis({ api, state, catalogue, pictures });
  const network = createNetwork({ state, catalogue, pictures, analysis });
  const unit_field = createUnitField({ api, state, analysis, network });
  const pixel_reach = createPixelReach({ state, api, network });
  const look = createLook({ state, api, analysis, network });
  const attribution = createAttribution({ api, state, analysis, network });
  const actions = createActions({ state, stage, catalogue, pictures, analysis, network, own });
  const exact = createExact(state);
  return {
    ...{ api, state, stage, catalogue, pictures, analysis, network },
    ...{ unit_field, pixel_reach, look, attribution, own, actions, exact },
  };
}

/**
 * Another model or picture decides what stands on the stage: the pad where there is nothing to
 * look at yet, the picture where it was not drawn here. Whoever asked for the pad or the camera
 * before the first picture was here keeps it, and so does whoever has the same one computed anew.
 *
 * @param {import("./page_types.js").Context} context
 */
function keepStageInStep({ stage, analysis, pictures }) {
  /** @type {{id: string, image: string | null} | null} */
  let last = null;
  analysis.subscribe(({ model, image }) => {
    if (!model || (model.id === last?.id && image === last.image)) return;
    const is_chosen_early = last === null && stage.get() !== "picture";
    last = { id: model.id, image };
    if (is_chosen_early) return;
    if (image === null) stage.show("pad");
    else if (pictures.local(image)?.kind !== "drawing") stage.show("picture");
  });
}

/**
 * The chapters of the course begin with the photograph that was looked at here.
 *
 * @param {import("./page_types.js").Context} context
 */
function keepLastPicture({ analysis }) {
  analysis.subscribe(({ model, image }) => {
    if (image !== null && model?.input_kind === "photograph") rememberPicture(image);
  });
}

/** @param {import("./page_types.js").Context} context */
function createViews(context) {
  const { stage, actions, analysis, catalogue, network, own } = context;
  const own_dialog = createOwnDialog({
    own,
    isTaken: catalogue.has,
    onOpened: ({ id }) => actions.openModel(id),
    onChanged: () => analysis.renew(),
    onPicked: (files) => actions.openFiles(files),
  });
  createPictureView(byId("stage"), byId("picture-caption"), context);
  createPictureNotesView(byId("picture-notes"), context);
  const pad = createDrawingPadView(byId("stage"), context);
  createCameraView(byId("stage"), context);
  const sources = createPictureSourcesView(byId("picture-sources"), context, pad);
  createExamplesView(byId("examples"), context);
  createNetworkInputView(byId("network-input"), context);
  createScoreControlsView(byId("score-controls"), context);
  createScoresView(byId("scores"), context);
  createEntropyView(byId("entropy"), context);
  createTakeAwayView(byId("take-away"), context);
  createModelCardView(byId("model-card"), context);
  createTabsView(byId("tabs"), context);
  const network_view = createNetworkView(byId("network"), byId("network-tools"), context);
  createLayerHeadView(byId("layer-head"), context);
  const layer_view = createLayerView(byId("lens-maps"), context);
  // After the views, which find their panels as the template has them.
  const lenses = createLensesView(byId("lenses"), context);
  const chooser = createModelChooserView(byId("model-button"), context, own_dialog);

  // Before the others that listen to Escape.
  const tour = createTourView(context);
  carryInto("compare", () => window.location.search);
  carryInto("fields", () => comingFrom(window.location.search, analysis.get().model?.id));
  const tools = byId("masthead-tools");
  const projector = createProjectorView(byId("projector"), tools, context);
  const theme = createThemeView(tools);
  const keys = [
    { key: "m", meaning: "choose a model", act: chooser.open },
    { key: "/", meaning: "search the layers", act: network_view.search },
    { key: "[", meaning: "previous layer", act: () => network.step(-1) },
    { key: "]", meaning: "next layer", act: () => network.step(1) },
    ...layer_view.keys,
    ...lenses.keys,
    { key: "u", meaning: "upload a picture", act: sources.pickFile },
    { key: "o", meaning: "open a network of your own", act: () => own_dialog.pickFile() },
    { key: "d", meaning: "draw on the pad", act: pad.open },
    { key: "c", meaning: "use the camera", act: () => stage.show("camera") },
    { key: "e", meaning: "next example", act: () => actions.openNextExample() },
    {
      key: "s",
      meaning: "softmax or sigmoid",
      act() {
        const scale = context.state.get().scale === "softmax" ? "sigmoid" : "softmax";
        context.state.change({ scale });
      },
    },
    {
      key: "x",
      meaning: "full precision: every number with all its digits",
      act: () => context.exact.set(!context.exact.get()),
    },
    { key: "r", meaning: "where a pixel goes", act: () => context.pixel_reach.toggle() },
    { key: "f", meaning: "projector mode: picture and maps fill the screen", act: projector.toggle },
    { key: "t", meaning: "theme: system, light, dark", act: theme.next },
  ];
  createKeyHelpView(tools, keys, {
    ways: [{ text: "Take the tour", act: tour.start }],
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (context.pictures.get().sending) context.pictures.cancel();
    else if (!projector.end()) analysis.stop();
  });
}

function start() {
  const context = createContext();
  createViews(context);
  keepStageInStep(context);
  keepLastPicture(context);
  dimFormer(context);
  keepPictureColours(context);
  keepUnitChosen(context);
  context.analysis.run();
  context.pictures.loadExamples();
}

try {
  start();
} catch (error) {
  // A page that cannot start says so itself instead of standing there half made.
  const text = `The page could not start: ${asProblem(error).message}`;
  document.body.prepend(element("p", { class: "notice notice-problem", text }));
}
