/** Which network somebody looked at in the microscope, and the way back to it. */

import { element } from "../../shared/element.js";
import { originOf } from "./address.js";

/**
 * @param {HTMLElement} parent with words for who comes from elsewhere
 * @param {{networks: import("./networks.js").Networks, address: import("./address.js").Address}} parts
 */
export function createCameFrom(parent, { networks, address }) {
  let told = "";

  function update() {
    const origin = originOf(address.get().from);
    if (!origin) return;
    const { title } = networks.get().shown.find(({ id }) => id === origin.model) ?? { title: origin.model };
    if (title === told) return;
    told = title;
    parent.replaceChildren(
      "You come from ",
      element("strong", { text: title }),
      origin.layer ? `, layer ${origin.layer}: ` : ": ",
      element("a", { text: "back to the microscope as you left it", attributes: { href: origin.href } }),
      ".",
    );
  }
  networks.subscribe(update);
  address.subscribe(update);
  update();
}
