/** Puts the page of the receptive fields together. */

import { carryInto } from "../../address/carried.js";
import { createApi } from "../../api/api.js";
import { createAwaited } from "../../shared/awaited.js";
import { byId } from "../../shared/element.js";
import { createFrame, tellNotStarted } from "../../shared/frame.js";
import { createCalculator } from "../../stack/calculator.js";
import { createAddress, originOf } from "./address.js";
import { createCameFrom } from "./came_from.js";
import { createLegend } from "./legend.js";
import { createNetworks } from "./networks.js";
import { createPlot } from "./plot.js";
import { createTable } from "./table.js";

async function start() {
  createFrame();
  createAwaited("section");
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

start().catch(tellNotStarted);
