"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const specs = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  // The colours stand in the style sheet alone; charts take them from there, so they follow it.
  const colours = () => {
    const style = getComputedStyle(root);
    const of = (name) => style.getPropertyValue(name).trim();
    const font = of("--font");
    const text = { labelColor: of("--muted"), titleColor: of("--muted"), labelFont: font, titleFont: font, titleFontWeight: "normal" };
    return {
      background: "transparent",
      font,
      view: { stroke: null },
      axis: { ...text, labelFontSize: 11, titleFontSize: 11, gridColor: of("--line"), domainColor: of("--edge"), tickColor: of("--edge") },
      legend: { ...text, labelFontSize: 11, symbolBaseFillColor: of("--muted"), symbolFillColor: of("--muted") },
      text: { fill: of("--ink"), font },
      rule: { stroke: of("--ink"), opacity: 0.7 },
      range: { category: [0, 1, 2, 3, 4, 5].map((place) => of(`--v${place}`)) },
    };
  };

  const draw = async () => {
    root.dataset.charts = "drawing";
    const config = colours();
    let failed = 0;
    for (const [name, spec] of Object.entries(specs)) {
      const box = document.getElementById(`chart-${name}`);
      try {
        const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, config, defaultStyle: false };
        await vegaEmbed(box, spec, { ...options, tooltip: { theme: dark.matches ? "dark" : "light" } });
      } catch (error) {
        failed += 1;
        box.remove();
        console.error(`chart ${name}: ${error}`);
      }
    }
    root.dataset.charts = failed ? "failed" : "drawn";
  };

  for (const details of document.querySelectorAll("details.numbers")) {
    if (document.getElementById(details.parentElement.querySelector(".chart").id)) details.open = false;
  }
  for (const button of document.querySelectorAll("button.unfold")) {
    const table = document.getElementById(button.dataset.table);
    button.hidden = false;
    table.classList.add("folded");
    button.addEventListener("click", () => {
      table.classList.remove("folded");
      button.remove();
    });
  }
  for (const tools of document.querySelectorAll(".tools")) {
    tools.hidden = false;
    for (const button of tools.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        for (const details of document.querySelectorAll("details.type")) details.open = button.dataset.open === "true";
      });
    }
  }

  let turn = Promise.resolve();
  const again = () => (turn = turn.then(draw));
  dark.addEventListener("change", again);
  window.matchMedia("print").addEventListener("change", again);
  again();
})();
