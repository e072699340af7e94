// A row of a table, prepared as in plainweave.
// The standard normal's quantile: Wichura 1988, AS 241, PPND16.
function normalQuantile(p) {
  const polynomial = (factors, x) => factors.reduceRight((sum, factor) => sum * x + factor, 0);
  const ratio = ([above, below], x) => polynomial(above, x) / polynomial(below, x);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(MIDDLE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  return Math.sign(q) * (r <= 5 ? ratio(SIDES, r - 1.6) : ratio(TAILS, r - 5));
}
const MIDDLE = [
  [3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3],
  [1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3],
];
const SIDES = [
  [1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
    1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4],
  [1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9],
];
const TAILS = [
  [6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
  [1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15],
];

function share(x, landmarks, isLast) { // of the training part below x; of equal landmarks the last, or the first
  const last = landmarks.length - 1;
  if (x < landmarks[0]) return 0;
  if (x > landmarks[last]) return 1;
  if (landmarks.includes(x)) return (isLast ? landmarks.lastIndexOf(x) : landmarks.indexOf(x)) / last;
  const above = landmarks.findIndex((landmark) => landmark > x), low = landmarks[above - 1];
  return (above - 1 + (x - low) / (landmarks[above] - low)) / last;
}

function scaled(column, x) {
  const u = (x - column.center) / column.spread;
  if (column.way === "none") return x;
  if (column.way === "standard") return u;
  if (column.way === "robust") return u / Math.sqrt(1 + (u / 3) ** 2);
  const p = (share(x, column.landmarks, true) + share(x, column.landmarks, false)) / 2;
  const edge = 1e-7 - 2 ** -52;
  return normalQuantile(Math.min(Math.max(p, edge), 1 - edge));
}

function numberFeatures(column, value) { // null is missing
  const features = column.way === "constant" ? [] : [scaled(column, value ?? column.median)];
  return column.missing ? [...features, value === null ? 1 : 0] : features;
}

// Quantiles of one target are in the order of their levels.
function uncrossed(values, ranks) {
  return values.map((_, i) => {
    const start = i - (i % ranks.length);
    return values.slice(start, start + ranks.length).sort((a, b) => a - b)[ranks[i % ranks.length]];
  });
}

function categoryFeatures({ levels, rare }, value) { // of a level that is not known all are 0
  const place = rare.includes(value) ? levels.length : levels.indexOf(value);
  const width = levels.length + (rare.length ? 1 : 0);
  if (width === 2) return [place < 0 ? 0 : 2 * place - 1];
  return Array.from({ length: width }, (_, i) => (i === place ? 1 : 0));
}

function prepared(columns, row, precision) {
  const features = columns.flatMap((column, i) =>
    (column.levels ? categoryFeatures : numberFeatures)(column, row[i]));
  return precision === "float32" ? features.map(Math.fround) : features;
}

// Try it.
const written = (value) => (Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-5) ? value.toPrecision(6)
  : value.toLocaleString("en-US", { maximumSignificantDigits: 6 }));
const MISSING = "\u0000missing";

function field(column) {
  const label = document.createElement("label"), hint = document.createElement("small");
  const input = document.createElement(column.levels ? "select" : "input");
  if (column.levels) {
    const options = [...column.levels, ...column.rare].sort().map((level) => new Option(level, level));
    input.append(...options, new Option("(missing, or another)", MISSING));
  } else {
    Object.assign(input, { type: "number", step: "any", placeholder: "missing" });
    const [low, high, median] = [column.low, column.high, column.median].map(written);
    hint.textContent = `${low} to ${high}, median ${median}`;
  }
  label.append(column.name, input, hint);
  const read = () => (column.levels ? (input.value === MISSING ? null : input.value)
    : (input.value === "" ? null : Number(input.value)));
  const write = (value) => {
    input.value = value ?? (column.levels ? MISSING : "");
    if (column.levels && input.selectedIndex < 0) input.value = MISSING;
  };
  return { label, input, read, write };
}

function tryColumns({ network, columns, output, samples }) {
  const find = (id) => document.getElementById(id);
  loaded(network);
  const fields = columns.map(field);
  find("fields").append(...fields.map(({ label }) => label));

  function predict(said) {
    const row = fields.map(({ read }) => read());
    fields.forEach(({ input, read }, i) => {
      const { low, high } = columns[i], value = read();
      input.classList.toggle("outside", low !== undefined && value !== null && !(low <= value && value <= high));
    });
    const far = columns.filter((_, i) => fields[i].input.classList.contains("outside")).map(({ name }) => name);
    const raw = outputs(network, prepared(columns, row, network.precision));
    const told = output.kind === "classes" ? softmax(raw)
      : raw.map((z, i) => (output.kind === "exponentials" ? Math.exp(z) : z) * output.spread[i] + output.center[i]);
    const values = output.kind === "classes" ? Array.from(told) : uncrossed(Array.from(told), output.ranks);
    find("result").dataset.outputs = JSON.stringify(values);
    if (output.kind === "classes") {
      showShares(output.names, values);
      said += ` The network says: ${output.names[values.indexOf(Math.max(...values))]}.`;
    } else {
      said += ` The network says: ${output.names.map((name, i) => `${name}: ${written(Number(values[i].toPrecision(5)))}`).join("; ")}.`;
    }
    if (far.length) said += ` Outside the range of training: ${far.join(", ")}.`;
    find("said").textContent = said;
  }

  const take = (number) => {
    samples.rows[number].forEach((value, i) => fields[i].write(value));
    predict(`Test example ${samples.examples[number]}, in truth: ${samples.truth[number]}.`);
  };
  const options = samples.examples.map((example, number) => new Option(`test example ${example}: ${samples.truth[number]}`, number));
  const group = (label, some) => {
    const element = document.createElement("optgroup");
    element.label = label;
    element.append(...some);
    if (some.length) find("sample").append(element);
  };
  group("the first ones", options.slice(0, samples.first));
  group(output.kind === "classes" ? "its most confident mistakes" : "its largest errors", options.slice(samples.first));
  find("sample").addEventListener("change", (event) => take(Number(event.target.value)));
  find("fields").addEventListener("submit", (event) => event.preventDefault()); // the Enter key
  find("fields").addEventListener("input", () => predict("Your example."));
  take(0);
}

tryColumns(JSON.parse(document.getElementById("network").textContent));
