"use strict";
const at = id => document.getElementById(id);
const svgName = "http://www.w3.org/2000/svg";

function made(name, text, kind) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return element;
}
function drawn(name, attributes, text) {
  const element = document.createElementNS(svgName, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  return element;
}

function duration(seconds) {
  const size = Math.abs(seconds);
  const [value, unit] = size < 120 ? [seconds, "s"] : size < 7200 ? [seconds / 60, "min"]
    : size < 172800 ? [seconds / 3600, "h"] : [seconds / 86400, "d"];
  return `${Math.round(value * 10) / 10} ${unit}`;
}
function bytes(count) {
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (count < 1000 || unit === "TB") return `${count.toPrecision(3)} ${unit}`;
    count /= 1000;
  }
}
const number = value => value >= 1e5 || (value < 1e-2 && value > 0) ? value.toExponential(2)
  : String(value >= 1000 ? Math.round(value) : Math.round(value * 100) / 100);
const most = values => values.reduce((most, value) => Math.max(most, value), 0);

function table(rows, heads) {
  const all = made("table");
  if (heads) {
    const row = made("tr");
    heads.forEach((head, place) => row.append(made("th", head, place ? "number" : "")));
    all.append(row);
  }
  for (const [name, ...values] of rows) {
    const row = made("tr"), head = made("th", name);
    head.scope = "row";
    row.append(head, ...values.map(value => made("td", value, heads ? "number" : "")));
    all.append(row);
  }
  return all;
}

function showStatus(s) {
  const share = !s.steps ? 0 : !s.items_now ? s.step / s.steps
    : (s.items_before * s.steps + s.items_now * s.step) / (s.items * s.steps);
  document.title = `${(100 * share).toFixed(0)} % ${s.title}`;
  at("title").textContent = s.title;
  at("state").textContent = s.life === "silent" ? "no sign of life" : s.life;
  at("state").className = `state ${s.life}`;
  at("says").textContent = s.life === "silent" ? `since ${s.last_sign}` : s.life === "running" ? s.phase : "";
  at("reason").textContent = s.reason === null ? "" : `${s.reason} (exit status ${s.exit_status})`;
  at("reason").hidden = s.reason === null;
  at("bar").value = share;
  const tiles = [["steps", `${s.step} of ${s.steps}`],
    ...(s.batch ? [["batch", s.batch]] : []),
    ["model time", `${duration(s.simulated_s)} of ${duration(s.simulated_end_s)}`],
    ["wall time so far", duration(s.wall_s)]];
  if (s.seconds_left !== null && s.life === "running") tiles.push(["left", duration(s.seconds_left)]);
  if (s.walltime_left_s !== null && s.life === "running") tiles.push(["until the wall time ends", duration(s.walltime_left_s)]);
  if (s.steps_per_s > 0) tiles.push(["steps a second", number(s.steps_per_s)],
    [`${s.item}-steps a second`, number(s.item_steps_per_s)]);
  if (s.imbalance !== null) tiles.push(["imbalance", `${(100 * s.imbalance).toFixed(1)} %`]);
  if (s.ranks.peak_memory_bytes.length) tiles.push(["memory of a rank, at most", bytes(most(s.ranks.peak_memory_bytes))]);
  tiles.push([s.item === "cell" ? "cells failed" : "particles ended", String(s.failed)]);
  at("tiles").replaceChildren(...tiles.map(([name, value]) => {
    const tile = made("div");
    tile.append(made("span", name), made("b", value));
    return tile;
  }));
  const phases = ["setup", "fields", "kernel", "balance", "waiting", "output", "checkpoint"];
  const rows = phases.filter(name => s.ranks[`${name}_s`].length).map(name => {
    const seconds = [...s.ranks[`${name}_s`]].sort((a, b) => a - b);
    return [name, seconds[0], seconds[seconds.length >> 1], seconds[seconds.length - 1]]
      .map(value => typeof value === "number" ? value.toFixed(2) : value);
  });
  at("spent").hidden = !rows.length;
  at("phases").replaceChildren(table(rows, ["seconds", "least", "median", "most"]));
  const counts = found => Object.entries(found).filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
  at("about").replaceChildren(table([["deck", s.deck], ["output", s.output],
    ["ranks", `${s.ranks.count}, the first is process ${s.process} on ${s.host}${s.job ? `, job ${s.job}` : ""}`],
    [`${s.item}s`, `${s.items}: ${counts(s.outcomes)}`], ["work", counts(s.work)],
    ["started", s.started], ["last written", s.updated], ["program", `chemdrift ${s.version}`]]
    .filter(([, value]) => value)));
  const log = at("log"), bottom = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  log.textContent = s.log.join("\n");
  if (bottom) log.scrollTop = log.scrollHeight;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return ["--kernel", "--wait", "--other"].map(name => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map(place => parseInt(hex.slice(place, place + 2), 16));
  });
}

// One pixel a rank and line; where there are more ranks than pixels, of those that share one the longest waiting.
function showStrip(history) {
  const ranks = history.length ? history[history.length - 1].kernel.length : 0;
  at("strip").hidden = !ranks;
  if (!ranks) return;
  const rows = Math.min(ranks, 512), canvas = at("heat"), [kernel, wait, other] = colours();
  canvas.width = history.length;
  canvas.height = rows;
  canvas.style.height = `${Math.max(24, Math.min(320, rows * Math.max(2, 24 - rows)))}px`;
  const context = canvas.getContext("2d"), image = context.createImageData(history.length, rows);
  history.forEach((moment, column) => {
    const has = moment.kernel.length;
    for (let row = 0; row < rows && has; row++) {
      const first = Math.floor(row * has / rows), end = Math.max(first + 1, Math.floor((row + 1) * has / rows));
      let chosen = first;
      for (let rank = first; rank < end; rank++) if (moment.waiting[rank] > moment.waiting[chosen]) chosen = rank;
      const inKernel = moment.kernel[chosen] / 100, waits = moment.waiting[chosen] / 100;
      const rest = Math.max(0, 1 - inKernel - waits), place = 4 * (row * history.length + column);
      for (let c = 0; c < 3; c++) image.data[place + c] =
        (inKernel * kernel[c] + waits * wait[c] + rest * other[c]) / Math.max(1, inKernel + waits);
      image.data[place + 3] = 255;
    }
  });
  context.putImageData(image, 0, 0);
  at("from").textContent = history[0].time;
  at("to").textContent = history[history.length - 1].time;
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find(nice => least <= nice * power * (1 + 1e-9)) || 10);
}

function line(name, unit, history, value, one) {
  const points = history.map((moment, place) => [place, value(moment)]).filter(([, y]) => Number.isFinite(y));
  const top = Math.max(most(points.map(([, y]) => y)), one), step = niceStep(top / 4), high = Math.ceil(top / step - 1e-9) * step;
  const [left, right, above, below] = [62, 444, 44, 190];
  const x = place => left + (right - left) * place / Math.max(history.length - 1, 1), y = value => below - (below - above) * value / high;
  const svg = drawn("svg", {viewBox: "0 0 460 220", role: "img", "aria-label": name});
  svg.append(drawn("text", {class: "title", x: 12, y: 20}, unit ? `${name} (${unit})` : name));
  for (let tick = 0; tick <= high * (1 + 1e-9); tick += step) {
    svg.append(drawn("path", {class: "grid", d: `M${left} ${y(tick)}H${right}`}),
      drawn("text", {x: left - 7, y: y(tick) + 4.5, "text-anchor": "end"}, number(tick)));
  }
  svg.append(drawn("path", {class: "axis", d: `M${left} ${below}H${right}`}));
  const edge = (place, anchor) => svg.append(drawn("text", {x: x(place), y: below + 19, "text-anchor": anchor},
    history[place].time.slice(5, 19).replace("T", " ")));
  edge(0, "start");
  if (history.length > 1) edge(history.length - 1, "end");
  if (points.length === 1) svg.append(drawn("circle", {class: "one", r: 3, cx: x(points[0][0]), cy: y(points[0][1])}));
  svg.append(drawn("path", {class: "line", d: points.map(([place, value], n) => `${n ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`).join("")}));
  const figure = made("figure");
  figure.append(svg);
  return figure;
}

function showHistory(history) {
  at("history").hidden = !history.length;
  if (!history.length) return;
  showStrip(history);
  const figures = [line("Steps a second", "", history, m => m.steps_per_s, 1e-9),
    line("Imbalance", "%", history, m => m.imbalance === null ? NaN : 100 * m.imbalance, 1),
    line("Memory of all ranks", "MB", history, m => m.memory_bytes / 1e6, 1e-3)];
  if (history.some(moment => moment.failed)) figures.push(line("Failed or ended so far", "", history, m => m.failed, 1));
  at("lines").replaceChildren(...figures);
}

let told = "", known = [];
async function look() {
  let wait = 2000;
  try {
    const answer = await fetch("status.json", {cache: "no-store"});
    const text = await answer.text();
    if (!answer.ok) throw new Error(text.trim());
    const status = JSON.parse(text);
    showStatus(status);
    if (status.life !== "running") wait = 10000;
    const now = `${status.started} ${status.updated}`;
    if (now !== told) {
      const history = await fetch("progress.json", {cache: "no-store"});
      if (history.ok) {
        known = await history.json();
        told = now;
        showHistory(known);
      }
    }
    at("trouble").hidden = true;
  } catch (reason) {
    at("trouble").textContent = `The dashboard does not answer: ${reason.message}`;
    at("trouble").hidden = false;
  }
  setTimeout(look, wait);
}
matchMedia("(prefers-color-scheme:dark)").addEventListener("change", () => showHistory(known));
look();
