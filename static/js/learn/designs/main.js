/** Chapter 12: six designs, each beside the one before it, and the part of each to click. */

import { byId } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { DESIGNS, address } from "./address.js";
import { createAlexNet } from "./alexnet.js";
import { createAreas } from "./areas.js";
import { createChallenges } from "./challenges.js";
import { createColumns } from "./columns.js";
import { createCuts } from "./cuts.js";
import { createDeconvnet } from "./deconvnet.js";
import { createFacts } from "./facts.js";
import { createInception } from "./googlenet.js";
import { createLeNet } from "./lenet.js";
import { createTimeline } from "./timeline.js";
import { createVgg } from "./vgg.js";

/** Whose part is tried on one's own digit. @type {readonly string[]} */
const OF_A_DIGIT = ["zfnet", "googlenet_paper", "resnet50_paper"];

startChapter(address, async (chapter) => {
  const { designs } = await chapter.api.designs();
  const [lenet, alexnet, zfnet, vgg, googlenet, resnet] = designs;
  createTimeline(address, designs);
  const chosen = createChosenOne({
    label: "the part of",
    choices: DESIGNS.map((value, place) => ({ value, text: designs[place].name })),
    value: address.get().design,
    onChange: (design) => address.change({ design }, { step: true }),
  });
  byId("part-choice").append(chosen.node);
  byId("answer-depths").textContent = designs.map(({ depth }) => depth).join(", ");
  const views = [createFacts(), createColumns(), createAreas()];
  createLeNet(lenet);
  createAlexNet(address, alexnet);
  createVgg(address, vgg);
  createInception(googlenet);
  const of_digits = [
    await createDeconvnet(byId("part-zfnet"), {
      ...{ address, chapter: chapter.part(), model: zfnet.trained.model },
    }),
    createCuts(byId("lanes"), {
      ...{ address, name: "lanes", chapter: chapter.part(), trained: googlenet.trained },
    }),
    createCuts(byId("bridges"), {
      ...{ address, name: "bridges", chapter: chapter.part(), trained: resnet.trained },
    }),
  ];
  /** @type {string | null} */
  let digit = null;
  /** @param {string | null} image */
  function look(image) {
    digit = image;
    for (const view of of_digits) view.look(image);
    showLinks();
  }
  let is_pad_open = false;
  const { fail } = chapter.part();

  let shown = "";
  function show() {
    const { design } = address.get();
    if (design === shown) return;
    shown = design;
    const place = DESIGNS.indexOf(design);
    const [before, after] = [designs[place - 1] ?? null, designs[place]];
    for (const view of views) view(before, after);
    byId("design-changed").textContent = after.changed;
    for (const name of DESIGNS) byId(`part-${name.split("_")[0]}`).hidden = name !== design;
    chosen.show(design);
    for (const name of ["lanes", "bridges"]) {
      byId(name).hidden = byId(name).closest(".design-part")?.hasAttribute("hidden") ?? false;
    }
    const is_of_digit = OF_A_DIGIT.includes(design);
    byId("part-digit").hidden = !is_of_digit;
    if (is_of_digit && !is_pad_open) {
      is_pad_open = true;
      createDigitPad(byId("part-pad"), { api: chapter.api, fail, onDigit: look, onClear: () => look(null) });
    }
    for (const view of of_digits) view.show();
    showLinks();
  }

  function showLinks() {
    const { trained, name } = designs[DESIGNS.indexOf(address.get().design)];
    const image = digit;
    byId("yours-links").replaceChildren(
      pageLink(`${name}, trained on digits`, { model: trained.model, image }),
      " · ",
      pageLink("what its filters look for, and the deconvnet", { model: trained.model, image, lens: "filters" }),
      " · ",
      pageLink("switch parts of it off", { model: trained.model, image, lens: "what-if" }),
      " · ",
      pageLink("two networks beside each other", {}, "compare"),
      " · ",
      pageLink("all fields of all networks", {}, "fields"),
      " · ",
      pageLink("turn, cover and darken your picture", { image: address.get().image, lens: "what-if" }),
    );
  }
  address.subscribe(() => {
    show();
    showLinks();
  });
  show();
  await createChallenges(chapter.part(), address);
});
