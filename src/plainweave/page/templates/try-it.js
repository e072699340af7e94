"use strict";
// The network: the same sums as in plainweave, in double precision.
const decode = (text, type) => new type(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
// Abramowitz and Stegun 7.1.6, and further out the continued fraction 7.1.14.
function erf(x) {
  const square = x * x;
  if (square < 9) {
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * square) / (2 * n + 1);
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
  }
  let fraction = Math.abs(x);
  for (let n = 60; n > 0; n--) fraction = Math.abs(x) + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-square) / (Math.sqrt(Math.PI) * fraction));
}
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const elu = (z, alpha) => (z > 0 ? z : alpha * Math.expm1(z));
const activate = {
  "tanh": Math.tanh,
  "sigmoid": sigmoid,
  "relu": (z) => Math.max(z, 0),
  "leaky-relu": (z, slope) => (z > 0 ? z : slope * z),
  "identity": (z) => z,
  "elu": elu,
  "selu": (z) => 1.0507009873554805 * elu(z, 1.6732632423543772),
  "gelu": (z) => 0.5 * z * (1 + erf(z / Math.SQRT2)),
  "gelu-tanh": (z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
  "silu": (z) => z * sigmoid(z),
  "mish": (z) => z * Math.tanh(softplus(z)),
  "softplus": softplus,
};

function standardize(raw, { kind, scale, shift, epsilon }) {
  if (kind !== "per-image") {
    return raw.map((value, i) => value * scale[i % scale.length] - shift[i % shift.length]);
  }
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  const variance = raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raw.length;
  const deviation = Math.sqrt(variance), rounding = 10 * epsilon * Math.abs(mean);
  return raw.map((value) => (value - mean) / (deviation > rounding ? deviation : 1)); // constant: only centred
}

function probabilities(network, raw) {
  let x = standardize(raw, network.standardizer);
  network.layers.forEach(({ units, weight, bias }, number) => {
    const z = Float64Array.from(bias);
    x.forEach((value, i) => { for (let j = 0; j < units; j++) z[j] += value * weight[i * units + j]; });
    const activation = network.activations[number];
    x = activation ? z.map((value) => activate[activation.name](value, activation.setting)) : z;
  });
  const largest = Math.max(...x);
  const exponentials = x.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

// A picture of any size, made gray and scaled to fit, as `plainweave predict` does it with Pillow.
function gray(canvas, shade) {
  const { width, height } = canvas;
  const colors = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  return Float64Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue, alpha] = colors.subarray(4 * i, 4 * i + 4);
    const over = (color) => Math.round((color * alpha + shade * (255 - alpha)) / 255);
    return (over(red) * 19595 + over(green) * 38470 + over(blue) * 7471 + 32768) >> 16;
  });
}

const lanczos = (x) => {
  const sinc = (t) => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
  return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
};

function resizeRows(pixels, width, height, target) { // each row to `target` pixels; returns it transposed
  const ratio = width / target, reach = 3 * Math.max(ratio, 1), result = new Float64Array(target * height);
  for (let to = 0; to < target; to++) {
    const center = (to + 0.5) * ratio;
    const first = Math.max(0, Math.trunc(center - reach + 0.5)), last = Math.min(width, Math.trunc(center + reach + 0.5));
    const factors = Array.from({ length: last - first }, (_, i) => lanczos((first + i - center + 0.5) / Math.max(ratio, 1)));
    const sum = factors.reduce((a, b) => a + b, 0);
    for (let row = 0; row < height; row++) {
      const value = factors.reduce((total, factor, i) => total + factor * pixels[row * width + first + i], 0) / sum;
      result[to * height + row] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return result;
}

const even = (x) => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)); // as Python rounds

function fit(pixels, width, height, [rows, columns], shade) {
  let across = columns, down = rows;
  if (width / height > columns / rows) down = even((height / width) * columns);
  else if (width / height < columns / rows) across = even((width / height) * rows);
  if (across !== width || down !== height) {
    pixels = resizeRows(resizeRows(pixels, width, height, across), height, across, down);
  }
  const left = even((columns - across) / 2), top = even((rows - down) / 2);
  const result = new Float64Array(rows * columns).fill(shade);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      result[(row + top) * columns + column + left] = pixels[row * across + column];
    }
  }
  return result;
}

// Try it.
function paint(canvas, [rows, columns], raw, fullScale) {
  canvas.width = columns;
  canvas.height = rows;
  const picture = new ImageData(columns, rows);
  raw.forEach((value, i) => picture.data.set([...Array(3).fill((255 * value) / fullScale), 255], 4 * i));
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function tryIt(network, samples, pixelType) {
  const find = (id) => document.getElementById(id);
  const floats = network.precision === "float64" ? Float64Array : Float32Array;
  for (const layer of network.layers) {
    layer.weight = decode(layer.weight, floats);
    layer.bias = decode(layer.bias, floats);
  }
  const { image_shape: shape, full_scale: fullScale, class_names: names } = network;

  function classify(raw, said) {
    const shares = probabilities(network, Array.from(raw));
    const best = shares.indexOf(Math.max(...shares));
    paint(find("picture"), shape, raw, fullScale);
    find("said").textContent = `${said} The network says: ${names[best]}.`;
    find("probabilities").replaceChildren(...names.flatMap((name, i) => {
      const [label, bar, value] = ["span", "i", "span"].map((tag) => document.createElement(tag));
      label.textContent = name;
      bar.style.width = `${100 * shares[i]}%`;
      value.textContent = `${(100 * shares[i]).toFixed(1)} %`;
      return [label, bar, value];
    }));
    find("result").dataset.predicted = best;
    find("result").dataset.probability = shares[best];
  }

  function press(button) {
    find("samples").querySelector("[aria-pressed=true]")?.setAttribute("aria-pressed", "false");
    button?.setAttribute("aria-pressed", "true");
  }

  const pixels = shape[0] * shape[1];
  const all = decode(samples.pictures, pixelType === "uint8" ? Uint8Array : Float32Array);
  samples.labels.forEach((label, index) => {
    const raw = all.subarray(index * pixels, (index + 1) * pixels);
    const button = document.createElement("button"), canvas = document.createElement("canvas");
    paint(canvas, shape, raw, fullScale);
    button.type = "button";
    button.ariaLabel = `test image ${index}, ${names[label]}`;
    button.append(canvas);
    button.addEventListener("click", () => {
      press(button);
      classify(raw, `Test image ${index}, in truth: ${names[label]}.`);
    });
    find("samples").append(button);
  });

  let last = null;
  async function take(file) {
    if (!file) return;
    last = file;
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    const bitmap = await createImageBitmap(file, options).catch(() => null);
    if (!bitmap) {
      find("said").textContent = `${file.name} can't be read as a picture. Try a PNG or a JPEG.`;
      return;
    }
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const light = find("light").checked, shade = light ? 255 : 0;
    const fitted = fit(gray(canvas, shade), bitmap.width, bitmap.height, shape, shade);
    press(null);
    classify(fitted.map((value) => ((light ? 255 - value : value) / 255) * fullScale), "Your picture.");
  }
  const drop = find("drop");
  find("file").addEventListener("change", (event) => take(event.target.files[0]));
  find("light").addEventListener("change", () => take(last));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }
  find("samples").firstElementChild.click();
}

const { network, samples, pixels } = JSON.parse(document.getElementById("network").textContent);
tryIt(network, samples, pixels);
