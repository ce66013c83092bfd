"use strict";
// What only a script can do: copy an address, and open the panel of a feed in place. All pages.
(() => {
  const said = Object.assign(document.createElement("p"), { className: "unseen", lang: "en" });
  said.setAttribute("role", "status");
  document.body.append(said);

  const copied = async (text, place) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "unseen" });
      place.append(field); // a modal dialog lets nothing outside it be selected
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };

  const dialog = document.getElementById("panel");
  const own = dialog && document.body.dataset.url;
  let now = own;
  // the panel is that of the feed of everything until another one asks for it
  const fill = (name, base) => {
    dialog.querySelector("h2 span:last-child").textContent = name;
    const moved = (text) => base + text.slice(now.length);
    for (const code of dialog.querySelectorAll("code")) code.textContent = moved(code.textContent);
    for (const link of dialog.querySelectorAll(".formats a")) link.href = moved(link.href);
    const address = dialog.querySelector("code").textContent;
    dialog.querySelector(".app a").href = `feed:${address}`;
    for (const link of dialog.querySelectorAll("[data-to]")) link.href = link.dataset.to.replace("{address}", encodeURIComponent(address));
    now = base;
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a.subscribe");
    if (link && dialog && dialog.showModal && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      const folder = link.classList.contains("main") ? "" : link.getAttribute("href").replace(/#.*/, "");
      fill(link.dataset.feed, new URL(folder, own).href);
      dialog.showModal();
    }
    if (event.target === dialog) dialog.close(); // the space around it
    const button = event.target.closest(".copy");
    if (!button) return;
    const address = button.parentElement.querySelector("code").textContent;
    const done = await copied(address, button.parentElement);
    button.focus();
    button.classList.toggle("done", done);
    button.textContent = done ? "Copied" : "Failed";
    said.textContent = done ? `Copied: ${address}` : `Could not copy ${address}`;
    setTimeout(() => { button.textContent = "Copy"; button.classList.remove("done"); said.textContent = ""; }, 3000);
  });
  for (const link of document.querySelectorAll("[data-address]")) link.href = `feed:${link.dataset.address}`;
  // a picture that is gone is not shown as broken, and keeps its place, so that nothing moves
  document.addEventListener("error", (event) => { if (event.target.tagName === "IMG" && !event.target.alt) event.target.style.visibility = "hidden"; }, true);
  // what scrolls by itself can be reached with keys
  for (const wide of document.querySelectorAll(".prose :is(pre, table)")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
})();
