// The reports as one canvas: squares, clusters, points or heat, drawn from whole numbers that the desk has counted.
// No element of the page stands for a report, and no library of charts or WebGL is needed.
(() => {
  "use strict";
  const HEAD = 8, WORDS = 8, PAD = 0.18, SHIFTS = [0, -10, 10, -20, 20, -30, 30];
  const SQUARES = 0, CLUSTERS = 1, POINTS = 2, HEAT = 3;
  const BANDS = ["overdue", "soon", "in-time", "paused", "verify", "accent", "outline", "muted"];

  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue("--" + name).trim();
  const colors = {};
  for (const name of [...BANDS, "surface", "text", "focus", "accent", "overdue", "soon", "window"]) {
    colors[name] = token(name);
  }
  const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

  // From nothing over amber to red, the more opaque the denser.
  const ramp = (() => {
    const stops = [rgb(colors.accent), rgb(colors.soon), rgb(colors.overdue)];
    const table = new Uint8ClampedArray(256 * 4);
    for (let value = 1; value < 256; value++) {
      const at = value / 255 * 2, low = Math.min(1, Math.floor(at)), part = at - low;
      for (let c = 0; c < 3; c++) table[value * 4 + c] = stops[low][c] * (1 - part) + stops[low + 1][c] * part;
      table[value * 4 + 3] = Math.min(205, value * 1.5);
    }
    return table;
  })();

  const SHAPES = {
    0: (g, x, y, r) => { g.moveTo(x, y - r * 1.15); g.lineTo(x + r, y + r * 0.8); g.lineTo(x - r, y + r * 0.8); g.closePath(); },
    1: (g, x, y, r) => { g.moveTo(x, y - r * 1.1); g.lineTo(x + r * 1.1, y); g.lineTo(x, y + r * 1.1); g.lineTo(x - r * 1.1, y); g.closePath(); },
    3: (g, x, y, r) => { g.rect(x - r * 0.8, y - r, r * 0.6, 2 * r); g.rect(x + r * 0.2, y - r, r * 0.6, 2 * r); },
    6: (g, x, y, r) => { g.rect(x - r * 0.5, y - r * 0.5, r, r); },
    7: (g, x, y, r) => { g.moveTo(x - r, y); g.lineTo(x + r, y); g.lineTo(x, y + r); g.closePath(); },
  };
  const round = (g, x, y, r) => { g.moveTo(x + r, y); g.arc(x, y, r, 0, 2 * Math.PI); };

  window.DeskReports = L.Layer.extend({
    initialize(ask) {
      this._ask = ask;
      this.wants = { serial: 0, heat: false, since: null, until: null, hidden: true };
      this.current = null;
      this.names = [];
      this.clear = [];
      this._busy = false;
      this._again = false;
      this.drawn = 0;
    },

    onAdd(map) {
      this._canvas = L.DomUtil.create("canvas", "reports", map.getPane("reports"));
      this._canvas.style.transformOrigin = "0 0";
      map.on("moveend viewreset resize", this.ask, this);
      map.on("zoom", this._stretch, this);
    },

    // The newest wish wins: while one answer is on its way the others are one.
    async ask() {
      if (this.wants.hidden) { this._clear(); return; }
      if (this._busy) { this._again = true; return; }
      this._busy = true;
      try {
        do {
          this._again = false;
          const window_ = this._window();
          const data = await this._ask(this._question(window_));
          if (data !== null && this._map.getZoom() === window_.z) this._take(window_, data);
        } while (this._again);
      } finally {
        this._busy = false;
      }
    },

    _window() {
      const map = this._map, size = map.getSize(), bounds = map.getPixelBounds();
      const padX = Math.round(size.x * PAD), padY = Math.round(size.y * PAD);
      return {
        z: map.getZoom(), x: Math.floor(bounds.min.x) - padX, y: Math.floor(bounds.min.y) - padY,
        w: size.x + 2 * padX, h: size.y + 2 * padY,
      };
    },

    _question(window_) {
      const question = { ...window_, serial: this.wants.serial };
      if (this.wants.heat) question.heat = 1;
      if (this.wants.since !== null) { question.since = this.wants.since; question.until = this.wants.until; }
      return question;
    },

    _take(window_, buffer) {
      const head = new Int32Array(buffer, 0, HEAD);
      this.answer = {
        window: window_, kind: head[0], n: head[1], total: head[2], off: head[3], serial: head[4], side: head[5],
        columns: head[6], rows: head[7],
        records: head[0] === HEAT ? new Uint8Array(buffer, HEAD * 4) : new Int32Array(buffer, HEAD * 4),
      };
      this.redraw();
      this.fire("drawn", this.answer);
    },

    _clear() {
      this.answer = null;
      this._canvas.width = this._canvas.height = 0;
    },

    // After a zoom the old picture is stretched over the new place until the new one is there.
    _stretch() {
      const answer = this.answer;
      if (!answer) return;
      const map = this._map, corner = map.unproject([answer.window.x, answer.window.y], answer.window.z);
      const at = map.latLngToLayerPoint(corner), scale = map.getZoomScale(map.getZoom(), answer.window.z);
      this._canvas.style.transform = `translate3d(${at.x}px,${at.y}px,0) scale(${scale})`;
    },

    redraw() {
      const answer = this.answer;
      if (!answer || !this._map || this._map.getZoom() !== answer.window.z) return;
      const canvas = this._canvas, { w, h, x, y } = answer.window, dpr = window.devicePixelRatio || 1;
      canvas.width = Math.round(w * dpr);
      canvas.height = Math.round(h * dpr);
      canvas.style.width = w + "px";
      canvas.style.height = h + "px";
      const at = L.point(x, y).subtract(this._map.getPixelOrigin());
      canvas.style.transform = `translate3d(${at.x}px,${at.y}px,0)`;
      const g = canvas.getContext("2d");
      g.scale(dpr, dpr);
      if (answer.kind === HEAT) this._heat(g, answer);
      if (answer.kind === SQUARES) this._squares(g, answer);
      this._names(g, answer);
      if (answer.kind === CLUSTERS) this._clusters(g, answer);
      if (answer.kind === POINTS) this._points(g, answer);
      this._showCurrent(g, answer);
      this.drawn += 1;
    },

    // Names of areas: kota from afar, then kecamatan, kelurahan from near; none lies on another, or under a cluster if
    // there is room a little above or below.
    _names(g, answer) {
      const w = answer.window, circles = [];
      if (answer.kind === CLUSTERS) {
        for (let i = 0; i < answer.n; i++) {
          const word = i * WORDS;
          circles.push([answer.records[word] / 16, answer.records[word + 1] / 16, this.radius(answer.records[word + 2])]);
        }
      }
      const rank = w.z <= 11 ? 0 : w.z <= 13 ? 1 : 2, taken = [];
      for (const place of this.clear) {
        const at = this._map.project(place, w.z).subtract([w.x, w.y]);
        taken.push({ x: at.x + 34, y: at.y, half: 50 });
      }
      g.font = `${rank === 0 ? 600 : 400} ${rank === 0 ? 14 : 12}px "Segoe UI","Inter","DejaVu Sans Condensed",sans-serif`;
      g.textAlign = "center";
      g.textBaseline = "middle";
      g.lineJoin = "round";
      for (const [name, lat, lon, level] of this.names) {
        if (level !== rank) continue;
        const at = this._map.project([lat, lon], w.z).subtract([w.x, w.y]);
        if (at.x < -60 || at.y < -20 || at.x > w.w + 60 || at.y > w.h + 20) continue;
        const half = g.measureText(name).width / 2 + 4;
        const covered = (y) => circles.some(([cx, cy, r]) => Math.abs(cy - y) < r + 7 && Math.abs(cx - at.x) < r + half);
        at.y += SHIFTS.find((by) => !covered(at.y + by)) || 0;
        if (taken.some((t) => Math.abs(t.y - at.y) < 16 && Math.abs(t.x - at.x) < t.half + half)) continue;
        taken.push({ x: at.x, y: at.y, half });
        g.globalAlpha = 0.9;
        g.lineWidth = 4;
        g.strokeStyle = colors.window;
        g.strokeText(name, at.x, at.y);
        g.globalAlpha = 1;
        g.fillStyle = colors.text;
        g.fillText(name, at.x, at.y);
      }
    },

    _heat(g, { columns, rows, side, records, window: w }) {
      const small = document.createElement("canvas");
      small.width = columns;
      small.height = rows;
      const picture = new ImageData(columns, rows), pixels = new Uint32Array(picture.data.buffer);
      const table = new Uint32Array(ramp.buffer);
      for (let i = 0; i < records.length; i++) pixels[i] = table[records[i]];
      small.getContext("2d").putImageData(picture, 0, 0);
      g.imageSmoothingEnabled = true;
      const left = -(((w.x % side) + side) % side), top = -(((w.y % side) + side) % side);
      g.drawImage(small, left, top, columns * side, rows * side);
    },

    _squares(g, { n, side, records }) {
      let most = 1;
      for (let i = 0; i < n; i++) most = Math.max(most, records[i * WORDS + 2]);
      const scale = 1 / Math.log(1 + most);
      for (let i = 0; i < n; i++) {
        const at = i * WORDS, count = records[at + 2];
        const x = records[at] / 16 - side / 2, y = records[at + 1] / 16 - side / 2;
        if (this.wants.thin) {
          const r = 1 + side * 0.24 * Math.log(1 + count) * scale;
          g.globalAlpha = 0.6;
          g.fillStyle = records[at + 3] * 2 >= count ? colors.overdue : colors.text;
          g.beginPath(); round(g, x + side / 2, y + side / 2, r); g.fill();
          continue;
        }
        // Squared, or a square of thirty would look like one of three hundred; borders and layers shine through.
        g.globalAlpha = 0.12 + 0.56 * (Math.log(1 + count) * scale) ** 2;
        g.fillStyle = records[at + 3] * 2 >= count ? colors.overdue : colors.accent;
        g.fillRect(x + 0.5, y + 0.5, side - 1, side - 1);
        if (records[at + 5]) {
          g.globalAlpha = 1;
          g.strokeStyle = colors.focus;
          g.lineWidth = 1.5;
          g.strokeRect(x + 1, y + 1, side - 2, side - 2);
        }
      }
      g.globalAlpha = 1;
    },

    _clusters(g, { n, records }) {
      g.textAlign = "center";
      g.textBaseline = "middle";
      for (let i = 0; i < n; i++) {
        const at = i * WORDS, x = records[at] / 16, y = records[at + 1] / 16, count = records[at + 2];
        if (count === 1) { this._shape(g, records[at + 6], x, y, 6, records[at + 5]); continue; }
        const r = this.radius(count), start = -Math.PI / 2;
        const late = records[at + 3] / count, soon = records[at + 4] / count;
        g.globalAlpha = 0.94;
        g.fillStyle = colors.surface;
        g.beginPath(); round(g, x, y, r); g.fill();
        g.globalAlpha = 1;
        g.lineWidth = 4;
        g.strokeStyle = colors.accent;
        g.beginPath(); g.arc(x, y, r - 2, start + (late + soon) * 2 * Math.PI, start + 2 * Math.PI); g.stroke();
        if (late) { g.strokeStyle = colors.overdue; g.beginPath(); g.arc(x, y, r - 2, start, start + late * 2 * Math.PI); g.stroke(); }
        if (soon) { g.strokeStyle = colors.soon; g.beginPath(); g.arc(x, y, r - 2, start + late * 2 * Math.PI, start + (late + soon) * 2 * Math.PI); g.stroke(); }
        if (records[at + 5]) { g.strokeStyle = colors.focus; g.lineWidth = 2; g.beginPath(); round(g, x, y, r + 2.5); g.stroke(); }
        g.fillStyle = colors.text;
        g.font = `600 ${count >= 10000 ? 11 : 12}px "Segoe UI","Inter","DejaVu Sans Condensed",sans-serif`;
        g.fillText(this.format(count), x, y + 0.5);
      }
    },

    radius(count) { return 13 + Math.min(13, 3.2 * Math.log10(count) ** 1.3); },

    format(count) { return String(count); },

    _shape(g, band, x, y, r, marked) {
      g.beginPath();
      (SHAPES[band] || round)(g, x, y, r);
      const hollow = band === 4;
      g.fillStyle = hollow ? colors.surface : colors[BANDS[band]];
      g.strokeStyle = hollow ? colors[BANDS[band]] : colors.surface;
      g.lineWidth = hollow ? 2 : 1;
      g.fill();
      g.stroke();
      if (marked) { g.strokeStyle = colors.focus; g.lineWidth = 2; g.beginPath(); round(g, x, y, r + 4); g.stroke(); }
    },

    _points(g, { n, records, window: w }) {
      const r = w.z >= 16 ? 7 : w.z >= 14 ? 6 : 5;
      for (let i = 0; i < n; i++) {
        const at = i * WORDS;
        this._shape(g, records[at + 3], records[at] / 16, records[at + 1] / 16, r, records[at + 4]);
      }
    },

    _showCurrent(g, { window: w }) {
      if (this.current === null) return;
      const at = this._map.project(this.current, w.z).subtract([w.x, w.y]);
      for (const [color, width] of [[colors.surface, 5], [colors.focus, 2.5]]) {
        g.strokeStyle = color;
        g.lineWidth = width;
        g.beginPath(); round(g, at.x, at.y, 13); g.stroke();
      }
    },

    // Which points are drawn as marked.
    marks() {
      const answer = this.answer, found = [];
      if (!answer || answer.kind !== POINTS) return found;
      for (let i = 0; i < answer.n; i++) if (answer.records[i * WORDS + 4]) found.push(answer.records[i * WORDS + 2]);
      return found;
    },

    // The record under a place of the map, or null: the nearest that is drawn there.
    under(latlng) {
      const answer = this.answer;
      if (!answer || answer.kind === HEAT || this._map.getZoom() !== answer.window.z) return null;
      const at = this._map.project(latlng, answer.window.z).subtract([answer.window.x, answer.window.y]);
      let best = null, least = Infinity;
      for (let i = 0; i < answer.n; i++) {
        const word = i * WORDS, dx = answer.records[word] / 16 - at.x, dy = answer.records[word + 1] / 16 - at.y;
        const far = dx * dx + dy * dy;
        const reach = answer.kind === POINTS ? 12 : answer.kind === SQUARES ? answer.side / 2 : this.radius(answer.records[word + 2]);
        if (far < least && far <= reach * reach * (answer.kind === SQUARES ? 2 : 1)) { least = far; best = i; }
      }
      if (best === null) return null;
      const word = best * WORDS, middle = [answer.window.x + answer.records[word] / 16, answer.window.y + answer.records[word + 1] / 16];
      return {
        point: answer.kind === POINTS, pk: answer.kind === POINTS ? answer.records[word + 2] : null,
        count: answer.kind === POINTS ? 1 : answer.records[word + 2],
        overdue: answer.kind === POINTS ? 0 : answer.records[word + 3],
        latlng: this._map.unproject(middle, answer.window.z),
      };
    },
  });
  window.deskToken = token;
  window.deskDark = () => rgb(colors.window).reduce((sum, part) => sum + part, 0) < 384;
  // A point with a sign in it and a word beside it: what a colour says is said without it too.
  window.DeskMark = L.CircleMarker.extend({
    _updateBounds() {
      L.CircleMarker.prototype._updateBounds.call(this);
      if (this.options.word) this._pxBounds.extend(this._point.add([this.options.radius + 90, 0]));
    },
    _updatePath() {
      this._renderer._updateCircle(this);
      const { sign, word, radius } = this.options, g = this._renderer._ctx;
      if (!sign || !this._renderer._drawing || this._empty()) return;
      const { x, y } = this._point;
      g.save();
      g.globalAlpha = 1;
      g.setLineDash([]);
      g.font = `700 ${radius + 3}px "Segoe UI","Inter","DejaVu Sans Condensed",sans-serif`;
      g.textAlign = "center";
      g.textBaseline = "middle";
      g.fillStyle = colors.text;
      g.fillText(sign, x, y + 0.5);
      if (word && this._map.getZoom() >= 11) {
        g.textAlign = "left";
        g.lineWidth = 4;
        g.lineJoin = "round";
        g.strokeStyle = colors.window;
        g.strokeText(word, x + radius + 5, y);
        g.fillText(word, x + radius + 5, y);
      }
      g.restore();
    },
  });

  // Slanting lines in a colour: what is not known well enough, or older than it may be.
  window.deskHatch = (color) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const g = tile.getContext("2d");
    g.strokeStyle = color;
    g.lineWidth = 1.5;
    for (const at of [-8, 0, 8]) { g.beginPath(); g.moveTo(at - 1, 9); g.lineTo(at + 9, -1); g.stroke(); }
    return g.createPattern(tile, "repeat");
  };
})();
