/**
 * The script of the page: a switch between the light and the dark theme, and the values under the
 * pointer. The page is complete without the script.
 */
export const SCRIPT = `
"use strict";
document.querySelector(".theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
for (const chart of document.querySelectorAll("svg.chart")) {
  const [from, to, left, right, top] = JSON.parse(chart.dataset.x);
  const series = JSON.parse(chart.dataset.series);
  const cursor = chart.querySelector(".cursor");
  const tip = chart.parentElement.appendChild(Object.assign(document.createElement("div"), { className: "tip" }));
  const hide = () => { tip.style.visibility = cursor.style.visibility = "hidden"; };
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const scale = box.width / chart.viewBox.baseVal.width;
    const wanted = from + (((event.clientX - box.left) / scale - left) / (right - left)) * (to - from);
    const lines = series.map(({ name, points }) => {
      const near = points.reduce((best, point) => (Math.abs(point[0] - wanted) < Math.abs(best[0] - wanted) ? point : best), points[0]);
      return near && { name, step: near[0], text: near[1] };
    }).filter(Boolean);
    if (lines.length === 0 || wanted < from - (to - from) * 0.03 || wanted > to + (to - from) * 0.03) return hide();
    const x = left + ((lines[0].step - from) / (to - from || 1)) * (right - left);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    tip.replaceChildren(...lines.map(({ name, step, text }, index) => Object.assign(document.createElement("div"), { textContent: (index ? "" : "step " + step + "  ") + (lines.length > 1 ? name + " " : "") + text })));
    tip.style.left = Math.min(box.width - 60, Math.max(60, x * scale)) + "px";
    tip.style.top = chart.offsetTop + top * scale + 4 + "px";
    tip.style.visibility = cursor.style.visibility = "visible";
  });
}
`;
