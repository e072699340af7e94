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

// Whether a picture has a light ground, as `plainweave predict` tells: by its corners, or by what is seen.
function isOnLight(canvas) {
  const { width, height } = canvas;
  const colors = canvas.getContext("2d").getImageData(0, 0, width, height).data, shades = gray(canvas, 0);
  const side = Math.max(1, Math.floor(Math.min(width, height) / 9));
  const inCorner = (at, length) => at < side || at >= length - side;
  const seen = [], inCorners = [];
  let corners = 0;
  shades.forEach((shade, i) => {
    const isCorner = inCorner(i % width, width) && inCorner(Math.floor(i / width), height);
    corners += isCorner;
    if (colors[4 * i + 3] <= 127) return;
    seen.push(shade);
    if (isCorner) inCorners.push(shade);
  });
  const median = (values) => values.sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];
  return 2 * inCorners.length >= corners ? median(inCorners) > 127 : median(seen) <= 127;
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

function tryPictures({ network, class_names: names, image_shape: shape, full_scale: fullScale, samples, pixels: type }) {
  const find = (id) => document.getElementById(id);
  loaded(network);

  function classify(raw, said) {
    const shares = softmax(outputs(network, Array.from(raw)));
    const best = shares.indexOf(Math.max(...shares));
    find("result").hidden = false;
    paint(find("picture"), shape, raw, fullScale);
    find("said").textContent = `${said} The network says: ${names[best]}.`;
    showShares(names, shares);
    find("result").dataset.predicted = best;
    find("result").dataset.probability = shares[best];
  }

  function press(button) {
    find("samples").querySelector("[aria-pressed=true]")?.setAttribute("aria-pressed", "false");
    button?.setAttribute("aria-pressed", "true");
  }

  const pixels = shape[0] * shape[1];
  const all = decode(samples.pictures, type === "uint8" ? Uint8Array : Float32Array);
  const areDark = all.reduce((sum, value) => sum + value, 0) / all.length <= fullScale / 2; // in training
  let newest = 0; // of what was given
  samples.labels.forEach((label, index) => {
    const raw = all.subarray(index * pixels, (index + 1) * pixels);
    const button = document.createElement("button"), canvas = document.createElement("canvas");
    paint(canvas, shape, raw, fullScale);
    button.type = "button";
    button.ariaLabel = `test image ${index}, ${names[label]}`;
    button.append(canvas);
    button.addEventListener("click", () => {
      newest++;
      press(button);
      classify(raw, `Test image ${index}, in truth: ${names[label]}.`);
    });
    find("samples").append(button);
  });

  let last = null;
  async function take(file, isNew = true) {
    if (!file) return;
    const mine = ++newest;
    last = file;
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    const bitmap = await createImageBitmap(file, options).catch(() => null);
    if (mine !== newest) return; // another picture was given meanwhile
    if (!bitmap) {
      find("said").textContent = `${file.name} can't be read as a picture here, or is too large. Try a smaller PNG or JPEG.`;
      find("result").hidden = true;
      return;
    }
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
    if (isNew) find("light").checked = areDark && isOnLight(canvas);
    const light = find("light").checked, shade = light ? 255 : 0;
    const fitted = fit(gray(canvas, shade), bitmap.width, bitmap.height, shape, shade);
    press(null);
    const ground = isNew && light ? " Its light ground is made dark, as in training." : "";
    classify(fitted.map((value) => ((light ? 255 - value : value) / 255) * fullScale), `Your picture.${ground}`);
  }
  const drop = find("drop");
  find("file").addEventListener("change", (event) => take(event.target.files[0]));
  find("light").addEventListener("change", () => take(last, false));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }
  find("samples").firstElementChild.click();
}

tryPictures(JSON.parse(document.getElementById("network").textContent));
