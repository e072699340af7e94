"use strict";
// What is wider than its place scrolls; then the keyboard must reach it. Printed, nothing is folded.
for (const box of document.querySelectorAll(".wide")) {
  new ResizeObserver(() => {
    const scrolls = box.scrollWidth > box.clientWidth;
    const name = (box.previousElementSibling ?? box.parentElement.previousElementSibling).textContent;
    if (scrolls) Object.entries({ tabindex: "0", role: "region", "aria-label": name }).forEach((pair) => box.setAttribute(...pair));
    else ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
  }).observe(box);
}
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((part) => { part.open = true; });
});
window.addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
