"use strict";
// What only a script can do with an address: copy it, hand it to a feed reader. Both pages.
(() => {
  const english = document.documentElement.lang.split("-")[0].toLowerCase() === "en";
  const make = (name, values) => Object.assign(document.createElement(name), english ? {} : { lang: "en" }, values);
  const said = make("p", { className: "unseen" });
  said.setAttribute("role", "status");
  document.body.append(said);

  const chart = (levels) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    let path = `M${24 - levels.length} 9`, at = 0;
    for (const level of levels) { path += `v${at - level}h1`; at = level; }
    svg.innerHTML = `<path d="${path}V9z"/>`;
    svg.setAttribute("class", "chart");
    svg.setAttribute("aria-hidden", "true");
    return svg;
  };
  const dress = (place) => {
    const link = place.querySelector("a"), row = place.closest(".feeds > li");
    if (!link) return;
    const of = row ? row.querySelector("a").textContent : document.title, format = link.textContent.trim();
    if (row) {
      for (const each of place.children) each.setAttribute("aria-label", `${each.textContent}, ${of}`);
      const number = row.querySelector("b");
      number.append(make("span", { className: "unseen", textContent: number.textContent === "1" ? " entry" : " entries" }));
      if (row.dataset.m) number.after(chart(row.dataset.m));
    }
    const copy = make("button", { type: "button", textContent: "Copy", title: `Copy the address (${format})` });
    copy.setAttribute("aria-label", `Copy the ${format} address of ${of}`);
    const open = make("a", { className: "open", textContent: "Reader", title: "Open in a feed reader" });
    open.href = `feed:${new URL(link.getAttribute("href"), document.body.dataset.url).href}`;
    open.setAttribute("aria-label", `Reader: open ${of} in a feed reader`);
    place.append(copy, open);
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = make("textarea", { value: text, readOnly: true, className: "unseen" });
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("main p button, main li button");
    if (!button) return;
    const address = button.nextSibling.href.replace("feed:", "");
    const done = await copied(address);
    button.focus();
    button.classList.toggle("done", done);
    button.textContent = done ? "Copied" : "Failed";
    said.textContent = done ? `Copied: ${address}` : `Could not copy ${address}`;
    setTimeout(() => { button.textContent = "Copy"; button.classList.remove("done"); said.textContent = ""; }, 3000);
  });
  // a picture that is gone leaves no hole
  document.addEventListener("error", (event) => { if (event.target.tagName === "IMG") event.target.remove(); }, true);

  const places = [...document.querySelectorAll(".formats, .feeds p")], soon = window.requestIdleCallback || setTimeout;
  const some = (from, number) => {
    places.slice(from, from + number).forEach(dress);
    if (from + number < places.length) soon(() => some(from + number, 100));
  };
  some(0, 400);
})();
