"use strict";
// Search and order of the feeds, in place.
(() => {
  const tools = document.getElementById("tools");
  const letters = { Æ: "AE", Œ: "OE", Ø: "O", Ł: "L", Đ: "D", Ð: "D", Þ: "TH", Ħ: "H" };
  const fold = (text) => text.normalize("NFKD")
    .replace(/[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g, "")
    .toUpperCase().replace(/[ÆŒØŁĐÐÞĦ]/g, (letter) => letters[letter]);
  const sections = [...document.querySelectorAll("section[id]")].map((section) => ({
    section,
    folds: [...section.querySelectorAll("details")].map((fold) => ({ fold, wasOpen: fold.open })),
    lists: [...section.querySelectorAll(".feeds, .names")],
    rows: [...section.querySelectorAll(":is(.feeds, .names) > li")].map((item) => ({
      item,
      list: item.parentElement,
      key: fold(item.querySelector("a").textContent),
      count: parseInt((item.querySelector("b") || item.lastChild).textContent.replace(/\D/g, ""), 10) || 0,
      date: (item.querySelector("time") || { textContent: "" }).textContent,
      isShown: true,
    })),
  }));
  const total = sections.reduce((sum, each) => sum + each.rows.length, 0);
  if (!tools) return;
  const field = tools.querySelector("#search"), found = tools.querySelector("#found");

  let isMixed = false; // all rows of a section are in its first list
  const search = () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    let sum = 0;
    for (const { section, folds, lists, rows } of sections) {
      let here = 0;
      const full = new Set();
      for (const row of rows) {
        const isShown = words.every((word) => row.key.includes(word));
        if (isShown !== row.isShown) row.item.hidden = !(row.isShown = isShown);
        if (isShown) { here += 1; full.add(row.item.parentElement); }
      }
      for (const list of lists) if (list.parentElement !== section) list.parentElement.hidden = !full.has(list);
      for (const { fold, wasOpen } of folds) fold.open = !fold.hidden && (words.length > 0 || wasOpen || isMixed);
      section.hidden = !here;
      sum += here;
    }
    found.textContent = words.length ? `${sum} of ${total} feeds` : `${total} feeds`;
  };

  const orders = {
    number: (a, b) => b.count - a.count,
    newest: (a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0),
  };
  const sort = (order) => {
    isMixed = order !== "name";
    for (const { section, lists, rows } of sections) {
      section.classList.toggle("mixed", isMixed);
      const places = new Map(lists.map((list) => [list, document.createDocumentFragment()]));
      const all = order === "name" ? rows : [...rows].sort(orders[order]);
      for (const row of all) places.get(order === "name" ? row.list : lists[0]).append(row.item);
      for (const [list, rest] of places) list.append(rest);
    }
    search();
  };

  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => { if (event.key === "Escape") { field.value = ""; search(); } });
  tools.addEventListener("change", (event) => { if (event.target.name === "order") sort(event.target.value); });
  // the field keeps its text when somebody comes back
  if (field.value) search();
})();
