/* Two things that the pages need a script for.

   A box that scrolls is a stop for the Tab key only while its content is wider than the box. Without this script every
   box is a stop. Boxes that a notebook's output brings along (data frames, code) get a name here. */
(() => {
  const boxes = () => document.querySelectorAll(".scroll-box, .bd-article pre, .bd-article .cell_output .output.text_html");

  const update = (box) => {
    const wide = box.scrollWidth > box.clientWidth + 1;
    const named = box.classList.contains("scroll-box");
    if (wide) {
      box.tabIndex = 0;
      if (named) box.setAttribute("role", "region");
    } else {
      box.removeAttribute("tabindex");
      if (named) box.removeAttribute("role");
    }
    if (named) {
      if (wide) box.setAttribute("aria-label", box.dataset.label);
      else box.removeAttribute("aria-label");
    }
  };

  const start = () => {
    const observer = new ResizeObserver((entries) => entries.forEach((entry) => update(entry.target)));
    for (const box of boxes()) {
      if (box.classList.contains("scroll-box")) box.dataset.label = box.getAttribute("aria-label");
      observer.observe(box);
      update(box);
    }
    document.fonts?.ready.then(() => boxes().forEach(update));
  };

  /* On a wide screen the button folds the contents away; on a narrow one the theme opens them as a dialogue. */
  const foldContents = () => {
    const button = document.querySelector(".primary-toggle");
    const sidebar = document.getElementById("pst-primary-sidebar");
    if (!button || !sidebar) return;
    const wide = window.matchMedia("(min-width: 992px)");
    const say = () => {
      if (wide.matches) button.setAttribute("aria-expanded", String(!sidebar.classList.contains("pst-sidebar-hidden")));
      else button.removeAttribute("aria-expanded");
    };
    button.addEventListener("click", (event) => {
      if (!wide.matches) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      sidebar.classList.toggle("pst-sidebar-hidden");
      say();
    }, true);
    wide.addEventListener("change", say);
    say();
  };

  const ready = () => { start(); foldContents(); };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
