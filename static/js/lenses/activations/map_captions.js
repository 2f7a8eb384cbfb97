/** What stands beneath each tile: which channel it is and, where that matters, its value. */

const FONT_REM = 0.75;
const SMALLEST_FONT_PX = 11;
const LINE_BY_FONT = 1.25;
const SMALLEST_TILE_REM = 3;

/** As large as the page's type, which grows with the screen. @param {HTMLElement} node */
export function captionType(node) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const grown = Number(getComputedStyle(node).getPropertyValue("--caption-scale")) || 1;
  const font_px = Math.max(SMALLEST_FONT_PX, Math.round(FONT_REM * rem * grown));
  return {
    font_px,
    line_px: Math.ceil(font_px * LINE_BY_FONT),
    smallest_px: Math.round(SMALLEST_TILE_REM * Math.max(rem, 44 / SMALLEST_TILE_REM) * grown),
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLElement} node whose colours and type are taken over
 * @param {import("./map_tiles.js").Tiling} tiling
 * @returns {(corner: {left: number, top: number}, name: string, value: string) => void}
 */
export function captionWriter(context, node, { width, height, lines }) {
  const { font_px, line_px } = captionType(node);
  const style = getComputedStyle(node);
  const family = getComputedStyle(document.body).fontFamily;
  const [faint, strong] = [style.color, style.caretColor];
  context.font = `${font_px}px ${family}`;
  context.textBaseline = "top";
  /** @param {string} text @param {number} x @param {number} y @param {"left" | "right"} align @param {string} colour */
  const write = (text, x, y, align, colour) => {
    context.textAlign = align;
    context.fillStyle = colour;
    context.fillText(text, x, y, width);
  };
  return ({ left, top }, name, value) => {
    const y = top + height + 2;
    write(name, left, y, "left", value ? faint : strong);
    if (!value) return;
    if (lines > 1) write(value, left, y + line_px, "left", strong);
    else write(value, left + width, y, "right", strong);
  };
}
