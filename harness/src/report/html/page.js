"use strict";
(() => {
  const form = document.getElementById("filter");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("[data-outcome]")];
  const findings = [...document.querySelectorAll(".finding")];

  // A row is shown when one of its outcomes is ticked and it has every word that was typed.
  const filter = () => {
    const unticked = new Set([...form.querySelectorAll("[type=checkbox]:not(:checked)")].map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const ticked = row.dataset.outcome.split(" ").some((outcome) => !unticked.has(outcome));
      row.hidden = !(ticked && words.every((word) => row.dataset.words.includes(word)));
    }
    for (const area of document.querySelectorAll("tr.area")) {
      let next = area.nextElementSibling;
      while (next && next.hidden) next = next.nextElementSibling;
      area.hidden = !next || next.classList.contains("area");
    }
    const cases = rows.filter((row) => row.classList.contains("case"));
    shown.textContent = `${cases.filter((row) => !row.hidden).length} of ${cases.length} scenarios`;
  };

  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("details")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };

  const step = (by) => {
    const visible = findings.filter((finding) => !finding.hidden);
    const at = visible.findIndex((finding) => finding.contains(document.activeElement));
    const next = visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : at + by];
    if (next) {
      next.open = true;
      next.querySelector("summary").focus();
      next.scrollIntoView();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key === "Escape") search.blur();
      return;
    }
    if (event.key === "/") search.focus();
    else if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else return;
    event.preventDefault();
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", open);
  filter();
  open();
})();
