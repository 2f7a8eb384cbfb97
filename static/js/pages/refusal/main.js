/** The page of an address that has none: nothing but the frame moves. */

import { createFrame } from "../../shared/frame.js";

createFrame();
