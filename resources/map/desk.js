// The page's one voice to the desk and back. The desk calls `desk.*` with plain values; the page asks by GET on the
// desk's own scheme and puts every text that it gets on the page as text.
(() => {
  "use strict";
  const map = window.deskMap;
  const ORIGIN = "desk://map";
  const HOVER_MS = 140;
  let words = { language: "id" };

  const url = (path, values) => `${ORIGIN}/${path}?${new URLSearchParams(values)}`;
  const say = (what, values = {}) => { fetch(url(`say/${what}`, values)).catch(() => {}); };

  const ask = async (question) => {
    const reply = await fetch(url("data/reports", question)).catch(() => null);
    return reply !== null && reply.ok ? reply.arrayBuffer() : null;
  };

  map.setMinZoom(9);
  map.setMaxZoom(19);
  map.createPane("ground").style.zIndex = 200;
  map.createPane("fills").style.zIndex = 340;
  map.createPane("areas").style.zIndex = 350;
  map.createPane("marks").style.zIndex = 395;
  map.getPane("marks").style.pointerEvents = "none";
  map.createPane("layers").style.zIndex = 400;
  map.createPane("reports").style.zIndex = 450;
  map.getPane("reports").style.pointerEvents = "none";
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const sheet = new DeskSheet("marks").addTo(map);
  const reports = new DeskReports(ask);
  reports.format = (count) => count.toLocaleString(words.language);
  reports.addTo(map);
  const tools = new DeskTools(map, say, () => words);

  reports.on("drawn", (answer) => {
    const { kind, n, total, off, serial } = answer;
    // Told once it is on screen, not when it was asked to be.
    requestAnimationFrame(() => setTimeout(() => say("drawn", { kind, n, total, off, serial })));
  });
  const place = () => {
    const at = map.getCenter(), bounds = map.getBounds();
    return {
      lat: at.lat.toFixed(6), lon: at.lng.toFixed(6), zoom: map.getZoom(),
      box: [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()].map((v) => v.toFixed(6)).join(","),
    };
  };
  map.on("moveend", () => say("view", place()));

  // ---- the hand

  map.on("click", (event) => {
    if (tools.mode !== "") return;
    const found = reports.under(event.latlng);
    if (found === null) return;
    if (found.point) say("chosen", { pk: found.pk, add: event.originalEvent.ctrlKey ? 1 : 0 });
    else map.setView(found.latlng, Math.min(map.getZoom() + 2, 19));
  });
  let timer = 0, shown = null;
  const tip = L.tooltip({ direction: "top", offset: [0, -10], opacity: 1 });
  const hide = () => { clearTimeout(timer); shown = null; tip.remove(); };
  map.on("mousemove", (event) => {
    const found = tools.mode === "" ? reports.under(event.latlng) : null;
    map.getContainer().classList.toggle("pointing", found !== null);
    if (found === null) { hide(); return; }
    const key = found.point ? found.pk : `${found.latlng}`;
    if (key === shown) return;
    hide();
    shown = key;
    timer = setTimeout(() => name(found, key), HOVER_MS);
  });
  map.on("mouseout movestart", hide);
  const name = async (found, key) => {
    let text = "";
    if (found.point) {
      const reply = await fetch(url("data/report", { pk: found.pk })).catch(() => null);
      if (reply === null || !reply.ok) return;
      text = (await reply.json()).text;
    } else {
      text = (words.cluster || "").replace("%1", reports.format(found.count)).replace("%2", reports.format(found.overdue));
    }
    if (shown !== key || text === "") return;
    const box = document.createElement("div");
    box.textContent = text;
    tip.setLatLng(found.latlng).setContent(box).addTo(map);
  };

  // ---- the layers below the reports

  const laid = new Map();
  let named = "";
  const hatches = new Map();
  const hatch = (color) => {
    if (!hatches.has(color)) hatches.set(color, deskHatch(color));
    return hatches.get(color);
  };
  const shade = (feature, layer) => {
    const look = layer.looks[feature.properties.look] || layer.looks[""] || {};
    return {
      color: deskToken(look.line || "outline"), weight: look.weight || 1, opacity: look.opacity === undefined ? 0.8 : look.opacity,
      dashArray: look.dash || null, fill: look.fill !== undefined,
      fillColor: look.hatch ? hatch(deskToken(look.fill || "muted")) : deskToken(look.fill || "muted"),
      fillOpacity: look.strength === undefined ? 0.2 : look.strength, sign: look.sign, word: look.word,
    };
  };
  const renderers = new Map();
  const rendererOf = (pane) => {
    if (!renderers.has(pane)) renderers.set(pane, L.canvas({ pane, padding: 0.3 }));
    return renderers.get(pane);
  };
  // Pictures under everything, dimmed so that reports and borders stay in front; the desk reads them off its own disk.
  const paper = (layer) => {
    const { low, high, bounds } = layer.tiles;
    const ground = L.tileLayer(`${ORIGIN}/data/tile?edition=${encodeURIComponent(layer.edition)}&z={z}&x={x}&y={y}`, {
      // One zoom above the file's first costs four tiles for one; more would ask for thousands.
      pane: "ground", minZoom: Math.max(9, low - 1), minNativeZoom: low, maxNativeZoom: high, maxZoom: 19, noWrap: true,
      opacity: deskDark() ? 0.3 : 0.65, keepBuffer: 1, updateWhenIdle: true,
      bounds: bounds === null ? undefined : [[bounds[0], bounds[1]], [bounds[2], bounds[3]]],
    });
    let told = false;
    ground.on("load", () => { if (!told) { told = true; say("laid", { layer: layer.key, n: 1 }); } });
    layer.drawn = ground.addTo(map);
    if (!ground.isLoading()) ground.fire("load");
  };
  const lay = async (layer) => {
    if (layer.tiles) { paper(layer); return; }
    const question = url("data/layer", { key: layer.key, edition: layer.edition });
    const reply = await fetch(question, { signal: layer.over.signal }).catch(() => null);
    const data = reply !== null && reply.ok ? await reply.json().catch(() => null) : null;
    if (laid.get(layer.key) !== layer) return;
    if (data === null) { say("failed", { layer: layer.key }); return; }
    const pane = layer.pane || "layers";
    const renderer = rendererOf(pane);
    const points = layer.points === true && data.features.every((one) => one.geometry.type === "Point");
    layer.drawn = points ? new DeskPoints(sheet, data.features, shade({ properties: { look: "" } }, layer), layer.radius || 4).addTo(map) : L.geoJSON(data, {
      pane, renderer, interactive: layer.named === true, style: (feature) => shade(feature, layer),
      pointToLayer: (feature, at) => new DeskMark(at, { ...shade(feature, layer), radius: layer.radius || 4, pane, renderer }),
      onEachFeature: (feature, part) => {
        if (!layer.named || !feature.properties.name) return;
        const box = document.createElement("div");
        box.textContent = feature.properties.name;
        part.bindTooltip(box, { sticky: true });
      },
    }).addTo(map);
    // Gauges lie on what was laid after them, and no name of an area is written over their words.
    const front = [...laid.values()].filter((one) => one.front && one.drawn);
    for (const one of front) one.drawn.bringToFront();
    reports.clear = front.flatMap((one) => one.drawn.getLayers()).filter((part) => part.options.word).map((part) => part.getLatLng());
    if (layer.front) reports.redraw();
    say("laid", { layer: layer.key, n: data.features.length });
  };

  window.desk = {
    words(given) { words = given; },
    show(wants) {
      Object.assign(reports.wants, wants);
      reports.ask();
    },
    current(at) { reports.current = at === null ? null : L.latLng(at[0], at[1]); reports.redraw(); },
    layers(wanted) {
      for (const [key, layer] of laid) {
        const still = wanted.find((one) => one.key === key && JSON.stringify(one) === layer.told);
        if (still === undefined) { layer.over.abort(); if (layer.drawn) layer.drawn.remove(); laid.delete(key); }
      }
      for (const one of wanted) {
        if (laid.has(one.key)) continue;
        const layer = { ...one, told: JSON.stringify(one), over: new AbortController() };
        laid.set(one.key, layer);
        lay(layer);
      }
    },
    async names(edition) {
      if (named === edition) return;
      named = edition;
      const reply = await fetch(url("data/names", { edition })).catch(() => null);
      if (reply === null || !reply.ok) return;
      reports.names = await reply.json();
      reports.redraw();
    },
    tool(mode) { hide(); tools.use(mode); },
    go(lat, lon, zoom) { map.setView([lat, lon], zoom === null ? map.getZoom() : zoom); },
    pan(dx, dy) { map.panBy([dx, dy], { animate: false }); },
    zoom(by) { map.setZoom(map.getZoom() + by); },
    fit(south, west, north, east) { map.fitBounds([[south, west], [north, east]], { maxZoom: 17 }); },
    around() {
      const b = map.getBounds();
      tools.around([b.getNorthWest(), b.getNorthEast(), b.getSouthEast(), b.getSouthWest()]);
    },
    laid() { return [...laid.values()].filter((layer) => layer.drawn).map((layer) => layer.key); },
    marks() { return reports.marks(); },
    settled() {
      const frame = (then) => requestAnimationFrame(then);
      sheet.redraw();
      frame(() => frame(() => { reports.redraw(); frame(() => frame(() => say("painted"))); }));
    },
  };
  say("ready", place());
})();
