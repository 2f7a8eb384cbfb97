/** Known stacks to begin with. */

/** @type {{title: string, input: number, channels: number, text: string}[]} */
export const PRESETS = [
  {
    title: "LeNet-5",
    input: 32,
    channels: 1,
    text: "c5,1,0,1,6 p2,2,0,1 c5,1,0,1,16 p2,2,0,1 c5,1,0,1,120",
  },
  {
    title: "VGG-16",
    input: 224,
    channels: 3,
    text: [
      [2, 64],
      [2, 128],
      [3, 256],
      [3, 512],
      [3, 512],
    ]
      .map(([count, width]) => `${`c3,1,1,1${width === 64 ? "" : `,${width}`} `.repeat(count)}p2,2,0,1`)
      .join(" "),
  },
  {
    title: "AlexNet",
    input: 224,
    channels: 3,
    text: "c11,4,2,1 p3,2,0,1 c5,1,2,1,192 p3,2,0,1 c3,1,1,1,384 c3,1,1,1,256 c3,1,1,1,256 p3,2,0,1",
  },
  { title: "Dilated 1, 2, 4, 8", input: 64, channels: 64, text: "c3,1,1,1 c3,1,2,2 c3,1,4,4 c3,1,8,8" },
  { title: "Gridding 2, 2, 2", input: 64, channels: 64, text: "c3,1,2,2 c3,1,2,2 c3,1,2,2" },
  { title: "Twenty of 3 × 3", input: 64, channels: 64, text: Array(20).fill("c3,1,1,1").join(" ") },
];
