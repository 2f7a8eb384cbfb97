/** The picture as the network sees it, with boxes over it; to drag on, in its pixels. */

const SHOWN_PX = 448;
/** How far a finger goes sideways until it drags, px of the input. */
const SLOP_PX = 4;

/**
 * @typedef {object} Drawn
 * @property {import("../../types.js").Box} box px of the input
 * @property {"field" | "cat" | "patch"} kind
 */

/** @type {Record<Drawn["kind"], {line: string, edge: string, dash: number[], width: number}>} */
const LOOKS = {
  field: { line: "#ffd84d", edge: "#241b00", dash: [], width: 4 },
  cat: { line: "#ffffff", edge: "#083a44", dash: [9, 7], width: 3 },
  patch: { line: "#ffffff", edge: "#000000", dash: [], width: 2 },
};

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} options
 * @param {import("../../types.js").Size} options.size of the input
 * @param {(from: {x: number, y: number}, to: {x: number, y: number}, is_first: boolean) => void}
 *   [options.onDrag] px of the input
 */
export function createInputPicture(canvas, { size, onDrag }) {
  const { width, height } = size;
  const scale = SHOWN_PX / width;
  canvas.width = SHOWN_PX;
  canvas.height = Math.round(height * scale);
  const picture = new Image();
  /** @type {{boxes: Drawn[], over: (pen: CanvasRenderingContext2D, scale: number) => void}} */
  let drawn = { boxes: [], over: () => undefined };

  function draw() {
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (picture.complete && picture.naturalWidth) pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    drawn.over(pen, scale);
    for (const { box, kind } of drawn.boxes) drawBox(pen, box, kind);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Drawn["box"]} box @param {Drawn["kind"]} kind */
  function drawBox(pen, { left, top, right, bottom }, kind) {
    const { line, edge, dash, width: thick } = LOOKS[kind];
    // What stands outside the input still shows which sides it leaves by.
    const inset = thick / 2 + 1;
    const x = Math.max(left * scale, inset);
    const y = Math.max(top * scale, inset);
    const to_x = Math.min(right * scale, canvas.width - inset);
    const to_y = Math.min(bottom * scale, canvas.height - inset);
    for (const [colour, stroke] of /** @type {[string, number][]} */ ([[edge, thick + 3], [line, thick]])) {
      pen.setLineDash(colour === edge ? [] : dash);
      pen.strokeStyle = colour;
      pen.lineWidth = stroke;
      pen.strokeRect(x, y, Math.max(1, to_x - x), Math.max(1, to_y - y));
    }
    pen.setLineDash([]);
  }

  /** @param {PointerEvent} event */
  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: Math.round(((event.clientX - box.left) / box.width) * width),
      y: Math.round(((event.clientY - box.top) / box.height) * height),
    };
  }

  if (onDrag) listen(onDrag);

  /**
   * A finger that goes up or down scrolls the page; one that goes sideways drags.
   *
   * @param {NonNullable<typeof onDrag>} tell
   */
  function listen(tell) {
    /** @type {{x: number, y: number} | null} */
    let from = null;
    let is_dragging = false;

    function begin() {
      is_dragging = true;
      if (from) tell(from, from, true);
    }
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = pointOf(event);
      is_dragging = false;
      if (event.pointerType !== "touch") begin();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from || !canvas.hasPointerCapture(event.pointerId)) return;
      const to = pointOf(event);
      if (!is_dragging && Math.abs(to.x - from.x) >= SLOP_PX) begin();
      if (is_dragging) tell(from, to, false);
    });
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, () => {
        from = null;
      });
    }
  }
  picture.addEventListener("load", draw);

  return {
    /** @param {string} url  Of the network's input. */
    look(url) {
      picture.src = url;
    },

    /** @param {Drawn[]} boxes @param {typeof drawn["over"]} [over] drawn between picture and boxes */
    show(boxes, over = () => undefined) {
      drawn = { boxes, over };
      draw();
    },
  };
}
