"use strict";
// Curves: values at an epoch, by pointer, touch or arrow keys, of those networks that are shown.
const picks = (panel) => [...(panel.closest(".overlays")?.querySelectorAll(".names input") ?? [])];
for (const panel of document.querySelectorAll(".panel")) {
  const plot = JSON.parse(panel.dataset.readout);
  const cursor = document.createElement("div"), output = document.createElement("output");
  cursor.className = "cursor";
  const epochs = Math.max(...Object.values(plot.series).map((values) => values.length));
  let epoch = epochs;
  const show = (wanted) => {
    epoch = Math.min(Math.max(Math.round(wanted), 1), epochs);
    const share = (epoch - plot.first) / (plot.last - plot.first);
    cursor.style.left = `${100 * (plot.left + share * (plot.right - plot.left))}%`;
    const hidden = new Set(picks(panel).filter((box) => !box.checked).map((box) => box.value));
    const shown = Object.entries(plot.series).filter(([name]) => !hidden.has(name));
    const values = shown.map(([name, series]) => `${name} ${series[epoch - 1] ?? "–"}`);
    output.textContent = [`epoch ${epoch}`, ...values].join(" · ");
    panel.append(cursor, output);
  };
  const hide = () => { cursor.remove(); output.remove(); };
  const point = (event) => {
    const box = panel.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - plot.left) / (plot.right - plot.left);
    show(plot.first + share * (plot.last - plot.first));
  };
  panel.addEventListener("pointermove", point);
  panel.addEventListener("pointerdown", point);
  panel.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
  document.addEventListener("pointerdown", (event) => { if (!panel.contains(event.target)) hide(); });
  panel.addEventListener("blur", hide);
  panel.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { show(epoch + step); event.preventDefault(); }
  });
}
for (const button of document.querySelectorAll("[data-pick]")) {
  button.addEventListener("click", () => {
    for (const box of picks(button)) box.checked = button.dataset.pick === "all";
  });
}
