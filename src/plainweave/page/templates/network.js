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

function loaded(network) { // with its parameters as arrays
  const floats = network.precision === "float64" ? Float64Array : Float32Array;
  for (const layer of network.layers) {
    layer.weight = decode(layer.weight, floats);
    layer.bias = decode(layer.bias, floats);
  }
  return network;
}

function outputs(network, features) {
  let x = standardize(features, network.standardizer);
  network.layers.forEach(({ units, weight, bias }, number) => {
    const z = Float64Array.from(bias);
    x.forEach((value, i) => { for (let j = 0; j < units; j++) z[j] += value * weight[i * units + j]; });
    const activation = network.activations[number];
    x = activation ? z.map((value) => activate[activation.name](value, activation.setting)) : z;
  });
  return x;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

function showShares(names, shares) {
  document.getElementById("probabilities").replaceChildren(...names.flatMap((name, i) => {
    const [label, bar, value] = ["span", "i", "span"].map((tag) => document.createElement(tag));
    label.textContent = name;
    bar.style.width = `${100 * shares[i]}%`;
    value.textContent = `${(100 * shares[i]).toFixed(1)} %`;
    return [label, bar, value];
  }));
}
