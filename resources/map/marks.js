// The layers of many points as one canvas: a stamp a point, thinned by zoom, and the text of the one under the pointer.
// Ten thousand towers cost what a picture of them costs; no object of the page stands for a point, and however many
// layers are on, moving the map moves one picture.
(() => {
  "use strict";
  const PAD = 0.3, REACH = 4;
  const sides = (zoom) => (zoom <= 12 ? 7 : zoom <= 14 ? 4 : 1);

  // One layer of points: where they are, in pixels of a zoom, and what they say.
  window.DeskPoints = L.Layer.extend({
    initialize(sheet, features, style, radius) {
      const n = features.length;
      this._sheet = sheet;
      this._lat = new Float64Array(n);
      this._lon = new Float64Array(n);
      this._texts = new Array(n);
      features.forEach((feature, at) => {
        [this._lon[at], this._lat[at]] = feature.geometry.coordinates;
        this._texts[at] = feature.properties.name || "";
      });
      this._x = new Float64Array(n);
      this._y = new Float64Array(n);
      this._seen = [];
      this._style = style;
      this._radius = radius;
      this._zoom = null;
    },

    onAdd() { this._sheet.take(this); },

    onRemove() { this._sheet.drop(this); },

    _project(map, zoom) {
      if (this._zoom === zoom) return;
      this._zoom = zoom;
      for (let at = 0; at < this._x.length; at++) {
        const place = map.project([this._lat[at], this._lon[at]], zoom);
        this._x[at] = place.x;
        this._y[at] = place.y;
      }
    },

    // One point as a picture, in the pixels of the screen.
    _stamp(fine) {
      const style = this._style, r = this._radius, side = 2 * (r + style.weight + 1);
      const stamp = document.createElement("canvas");
      stamp.width = stamp.height = Math.ceil(side * fine);
      const g = stamp.getContext("2d");
      g.scale(fine, fine);
      g.beginPath();
      g.arc(side / 2, side / 2, r, 0, 2 * Math.PI);
      g.globalAlpha = style.fillOpacity;
      g.fillStyle = style.fillColor;
      g.fill();
      g.globalAlpha = style.opacity;
      g.strokeStyle = style.color;
      g.lineWidth = style.weight;
      if (style.dashArray) g.setLineDash(style.dashArray.split(" ").map(Number));
      g.stroke();
      return { stamp, side };
    },

    draw(g, map, zoom, { left, top, w, h }, fine) {
      this._project(map, zoom);
      const { stamp, side } = this._stamp(fine), cell = sides(zoom);
      const columns = Math.ceil(w / cell), taken = new Uint8Array(columns * Math.ceil(h / cell));
      this._seen = [];
      for (let n = 0; n < this._x.length; n++) {
        const x = this._x[n] - left, y = this._y[n] - top;
        if (x < 0 || y < 0 || x >= w || y >= h) continue;
        const where = Math.floor(y / cell) * columns + Math.floor(x / cell);
        if (taken[where]) continue;
        taken[where] = 1;
        this._seen.push(n);
        g.drawImage(stamp, x - side / 2, y - side / 2, side, side);
      }
    },

    // The nearest of the points that are drawn around a place: how far (squared), where, and its text; or null.
    nearest(here) {
      let best = null, far = (this._radius + REACH) ** 2;
      for (const n of this._seen) {
        const to = (this._x[n] - here.x) ** 2 + (this._y[n] - here.y) ** 2;
        if (to <= far) { far = to; best = n; }
      }
      return best === null ? null : { far, at: [this._lat[best], this._lon[best]], text: this._texts[best] };
    },
  });

  // The canvas that all layers of points are drawn on, the later ones on top.
  window.DeskSheet = L.Layer.extend({
    initialize(pane) {
      this._pane = pane;
      this._layers = [];
      this._tip = L.tooltip({ direction: "top", offset: [0, -8], opacity: 1 });
      this._shown = "";
    },

    onAdd(map) {
      this._canvas = L.DomUtil.create("canvas", "marks", map.getPane(this._pane));
      this._canvas.width = this._canvas.height = 0;
      map.on("viewreset resize", this.redraw, this);
      map.on("moveend", this._moved, this);
      map.on("mousemove", this._point, this);
      map.on("mouseout movestart", this._hide, this);
    },

    take(layer) {
      this._layers.push(layer);
      this.redraw();
    },

    drop(layer) {
      this._layers = this._layers.filter((one) => one !== layer);
      this._hide();
      this.redraw();
    },

    _moved() {
      if (!this._layers.length) return;
      const same = this._drawn && this._zoom === this._map.getZoom();
      deskFollow(this, same ? deskSpare(this._map.getPixelBounds(), this._drawn, PAD) : -1, this.redraw);
    },

    redraw() {
      const map = this._map, canvas = this._canvas;
      if (!this._layers.length) { canvas.width = canvas.height = 0; this._drawn = null; return; }
      const zoom = map.getZoom(), size = map.getSize(), bounds = map.getPixelBounds(), fine = window.devicePixelRatio || 1;
      const padX = Math.round(size.x * PAD), padY = Math.round(size.y * PAD);
      const left = Math.floor(bounds.min.x) - padX, top = Math.floor(bounds.min.y) - padY;
      const w = size.x + 2 * padX, h = size.y + 2 * padY;
      this._zoom = zoom;
      this._drawn = L.bounds([left, top], [left + w, top + h]);
      canvas.width = Math.round(w * fine);
      canvas.height = Math.round(h * fine);
      canvas.style.width = w + "px";
      canvas.style.height = h + "px";
      const at = L.point(left, top).subtract(map.getPixelOrigin());
      canvas.style.transform = `translate3d(${at.x}px,${at.y}px,0)`;
      const g = canvas.getContext("2d");
      g.scale(fine, fine);
      for (const layer of this._layers) layer.draw(g, map, zoom, { left, top, w, h }, fine);
    },

    _point(event) {
      if (!this._layers.length) return;
      const here = this._map.project(event.latlng, this._zoom);
      let best = null;
      for (const layer of this._layers) {
        const found = layer.nearest(here);
        if (found !== null && (best === null || found.far <= best.far)) best = found;
      }
      const key = best === null ? "" : `${best.at} ${best.text}`;
      if (key === this._shown) return;
      this._hide();
      if (best === null || best.text === "") return;
      this._shown = key;
      const box = document.createElement("div");
      box.textContent = best.text;
      this._tip.setLatLng(best.at).setContent(box).addTo(this._map);
    },

    _hide() {
      this._shown = "";
      this._tip.remove();
    },
  });
})();
