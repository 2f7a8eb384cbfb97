/** Puts the page of the training together. */

import { createApi } from "../../api/api.js";
import { createAwaited } from "../../shared/awaited.js";
import { byId } from "../../shared/element.js";
import { createFrame, tellNotStarted } from "../../shared/frame.js";
import { createAddress } from "./address.js";
import { createCurves } from "./curves.js";
import { createForm } from "./form.js";
import { createRuns } from "./runs.js";
import { createSample } from "./sample.js";
import { createScrubber } from "./scrubber.js";
import { createSession } from "./session.js";
import { createStatus } from "./status.js";
import { createTemplates } from "./templates.js";
import { createTrainingApi } from "./training_api.js";

async function start() {
  createFrame();
  createAwaited("section");
  const api = createApi();
  const training = createTrainingApi();
  const address = createAddress();
  const session = createSession({ training, address });
  createForm(byId("form"), { session, address, training });
  createRuns(byId("runs"), { session, address, training });
  createStatus(byId("status"), { session, address });
  createCurves(byId("curves"), byId("curve-tools"), { session, address });
  createScrubber(byId("scrubber"), { session, address, training });
  createTemplates(byId("templates"), { training, session, address });
  createSample(byId("sample"), byId("sample-tools"), { api, training, session, address });
  await session.open();
}

start().catch(tellNotStarted);
