/** What the chapter asks of the server. */

import { sendJson } from "../../api/request.js";

/**
 * @param {import("../../types.js").ScoresLossBody | import("../../types.js").ConfidencesLossBody
 *   | import("../../types.js").CodesLossBody} body
 * @param {AbortSignal} signal
 * @returns {Promise<import("../../types.js").Loss>}
 */
export const askLoss = (body, signal) => sendJson("POST", "/learn/loss", body, signal);
