/** Puts the page together. */

import { createActions } from "./actions.js";
import { createAnalysis } from "./analysis.js";
import { createAttribution } from "./attribution.js";
import { createApi } from "./api.js";
import { createCatalogue } from "./catalogue.js";
import { byId, element } from "./element.js";
import { createNetwork } from "./network.js";
import { keepPictureColours } from "./picture_colours.js";
import { createPictures } from "./pictures.js";
import { asProblem } from "./problem.js";
import { createStage } from "./stage.js";
import { createState } from "./state.js";
import { createStore } from "./store.js";
import { createCameraView } from "./views/camera.js";
import { createDrawingPadView } from "./views/drawing_pad.js";
import { createEntropyView } from "./views/entropy.js";
import { createExamplesView } from "./views/examples.js";
import { createKeyHelpView } from "./views/key_help.js";
import { createLayerHeadView } from "./views/layer_head.js";
import { createLayerView } from "./views/layer.js";
import { createLensesView } from "./views/lenses.js";
import { createModelCardView } from "./views/model_card.js";
import { createModelChooserView } from "./views/model_chooser.js";
import { createNetworkInputView } from "./views/network_input.js";
import { createNetworkView } from "./views/network.js";
import { createPictureNotesView } from "./views/picture_notes.js";
import { createPictureView } from "./views/picture.js";
import { createPictureSourcesView } from "./views/picture_sources.js";
import { createScoreControlsView } from "./views/score_controls.js";
import { createScoresView } from "./views/scores.js";
import { createTabsView } from "./views/tabs.js";
import { createTakeAwayView } from "./views/take_away.js";
import { createThemeView } from "./views/theme.js";
import { createUnitField } from "./unit_field.js";

/** @returns {import("./page_types.js").Context} */
function createContext() {
  const api = createApi();
  const state = createState();
  const stage = createStage();
  const catalogue = createCatalogue(api);
  const pictures = createPictures({ api, state });
  const analysis = createAnalysis({ api, state, catalogue, pictures });
  const network = createNetwork({ state, catalogue, analysis });
  const unit_field = createUnitField({ api, state, analysis, network });
  const attribution = createAttribution({ api, state, analysis, network });
  const actions = createActions({ state, stage, catalogue, pictures, analysis });
  const exact = createStore(false);
  return {
    ...{ api, state, stage, catalogue, pictures, analysis, network },
    ...{ unit_field, attribution, actions, exact },
  };
}

/**
 * Another model or picture decides what stands on the stage: the pad where there is nothing to
 * look at yet, the picture where it was not drawn here.
 *
 * @param {import("./page_types.js").Context} context
 */
function keepStageInStep({ stage, analysis, pictures }) {
  analysis.subscribe(({ model, image }, previous) => {
    if (!model || (model.id === previous.model?.id && image === previous.image)) return;
    if (image === null) stage.show("pad");
    else if (pictures.local(image)?.kind !== "drawing") stage.show("picture");
  });
}

/** @param {import("./page_types.js").Context} context */
function createViews(context) {
  const { stage, actions, analysis, network } = context;
  createPictureView(byId("stage"), byId("picture-caption"), context);
  createPictureNotesView(byId("picture-notes"), context);
  createDrawingPadView(byId("stage"), context);
  createCameraView(byId("stage"), context);
  const sources = createPictureSourcesView(byId("picture-sources"), context);
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
  const chooser = createModelChooserView(byId("model-button"), context);

  const tools = byId("masthead-tools");
  const theme = createThemeView(tools);
  createKeyHelpView(tools, [
    { key: "m", meaning: "choose a model", act: chooser.open },
    { key: "/", meaning: "search the layers", act: network_view.search },
    { key: "[", meaning: "previous layer", act: () => network.step(-1) },
    { key: "]", meaning: "next layer", act: () => network.step(1) },
    ...layer_view.keys,
    ...lenses.keys,
    { key: "u", meaning: "upload a picture", act: sources.pickFile },
    { key: "d", meaning: "draw on the pad", act: () => stage.show("pad") },
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
      meaning: "all digits of every number",
      act: () => context.exact.set(!context.exact.get()),
    },
    { key: "t", meaning: "theme: system, light, dark", act: theme.next },
  ]);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (context.pictures.get().sending) context.pictures.cancel();
    else analysis.stop();
  });
}

function start() {
  const context = createContext();
  createViews(context);
  keepStageInStep(context);
  keepPictureColours(context);
  context.analysis.run();
  context.pictures.loadExamples().catch((error) => context.pictures.fail(asProblem(error)));
}

try {
  start();
} catch (error) {
  // A page that cannot start says so itself instead of standing there half made.
  const text = `The page could not start: ${asProblem(error).message}`;
  document.body.prepend(element("p", { class: "notice notice-problem", text }));
}
