/* What scrolls sideways can be reached by the keyboard. */
function reach() {
    for (const box of document.querySelectorAll("pre, .table-wrapper"))
        box.scrollWidth > box.clientWidth ? (box.tabIndex = 0) : box.removeAttribute("tabindex");
}
addEventListener("load", reach);
addEventListener("resize", reach);
