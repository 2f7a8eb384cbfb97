/** Puts the page of the receptive fields together. */

import { carryInto } from "../../address/carried.js";
import { createApi } from "../../api/api.js";
import { byId, element } from "../../shared/element.js";
import { createFrame } from "../../shared/frame.js";
import { asProblem } from "../../shared/problem.js";
import { createCalculator } from "../../stack/calculator.js";
import { createAddress, originOf } from "./address.js";
import { createCameFrom } from "./came_from.js";
import { createLegend } from "./legend.js";
import { createNetworks } from "./networks.js";
import { createPlot } from "./plot.js";
import { createTable } from "./table.js";

async function start() {
  createFrame();
  const api = createApi();
  const address = createAddress();
  createCalculator(byId("calculator"), byId("calculator-tools"), { address, api });
  const networks = createNetworks({ api, address });
  createCameFrom(byId("came-from"), { networks, address });
  carryInto("", () => new URL(originOf(address.get().from)?.href ?? "./", document.baseURI).search);
  createPlot(byId("plot"), { networks, address });
  createTable(byId("table"), byId("table-tools"), { networks, address });
  const { models } = await api.models();
  createLegend(byId("plot-legend"), byId("plot-tools"), { networks, address, models });
}

start().catch((error) => {
  const text = `The page could not start: ${asProblem(error).message}`;
  document.body.prepend(element("p", { class: "notice notice-problem", text }));
});
