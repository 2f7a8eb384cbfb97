/** Strokes of a pen on a canvas: smooth lines through the points, light on dark as MNIST is. */

/**
 * @typedef {{x: number, y: number}} Point  in canvas pixels
 * @typedef {{points: Point[], width_px: number}} Stroke
 */

const PAPER = "#000";
const INK = "#fff";

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Stroke} stroke
 */
function drawStroke(pen, { points, width_px }) {
  const [first, ...rest] = points;
  pen.lineWidth = width_px;
  pen.beginPath();
  pen.moveTo(first.x, first.y);
  if (rest.length === 0) pen.lineTo(first.x, first.y); // a dot, by its round cap
  // Each measured point bends the line; the line itself passes half-way between two of them.
  for (let index = 0; index < rest.length - 1; index += 1) {
    const [point, next] = [rest[index], rest[index + 1]];
    pen.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  }
  const last = rest.at(-1);
  if (last) pen.lineTo(last.x, last.y);
  pen.stroke();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Stroke[]} strokes
 */
export function drawInk(canvas, strokes) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser offers no 2-d drawing");
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = INK;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  for (const stroke of strokes) drawStroke(pen, stroke);
}

/**
 * Where the pointer was since the last event; older Safari tells only where it is now.
 *
 * @param {PointerEvent} event
 * @returns {PointerEvent[]} at least one
 */
export function movesOf(event) {
  const moves = event.getCoalescedEvents?.() ?? [];
  return moves.length > 0 ? moves : [event];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>} a PNG
 */
export function inkAsPng(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error("the drawing could not be turned into a PNG"));
    }, "image/png");
  });
}
