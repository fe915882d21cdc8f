// A layer of many points as one canvas: a stamp a point, thinned by zoom, and the text of the one under the pointer.
// Ten thousand towers cost what a picture of them costs; no object of the page stands for a point.
(() => {
  "use strict";
  const PAD = 0.18, REACH = 4;
  const sides = (zoom) => (zoom <= 12 ? 7 : zoom <= 14 ? 4 : 1);

  window.DeskPoints = L.Layer.extend({
    initialize(features, style, radius, pane) {
      const n = features.length;
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
      this._pane = pane;
      this._zoom = null;
      this._tip = L.tooltip({ direction: "top", offset: [0, -8], opacity: 1 });
      this._shown = null;
    },

    onAdd(map) {
      this._canvas = L.DomUtil.create("canvas", "marks", map.getPane(this._pane));
      map.on("moveend viewreset resize", this.redraw, this);
      map.on("mousemove", this._point, this);
      map.on("mouseout movestart", this._hide, this);
      this.redraw();
    },

    onRemove(map) {
      map.off("moveend viewreset resize", this.redraw, this);
      map.off("mousemove", this._point, this);
      map.off("mouseout movestart", this._hide, this);
      this._hide();
      this._canvas.remove();
    },

    _project(zoom) {
      if (this._zoom === zoom) return;
      this._zoom = zoom;
      for (let at = 0; at < this._x.length; at++) {
        const place = this._map.project([this._lat[at], this._lon[at]], zoom);
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

    redraw() {
      const map = this._map;
      if (!map) return;
      const zoom = map.getZoom(), size = map.getSize(), bounds = map.getPixelBounds(), fine = window.devicePixelRatio || 1;
      const padX = Math.round(size.x * PAD), padY = Math.round(size.y * PAD);
      const left = Math.floor(bounds.min.x) - padX, top = Math.floor(bounds.min.y) - padY;
      const w = size.x + 2 * padX, h = size.y + 2 * padY;
      this._project(zoom);
      const canvas = this._canvas;
      canvas.width = Math.round(w * fine);
      canvas.height = Math.round(h * fine);
      canvas.style.width = w + "px";
      canvas.style.height = h + "px";
      const at = L.point(left, top).subtract(map.getPixelOrigin());
      canvas.style.transform = `translate3d(${at.x}px,${at.y}px,0)`;
      const g = canvas.getContext("2d");
      g.scale(fine, fine);
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

    _point(event) {
      const here = this._map.project(event.latlng, this._zoom);
      let best = null, least = (this._radius + REACH) ** 2;
      for (const n of this._seen) {
        const far = (this._x[n] - here.x) ** 2 + (this._y[n] - here.y) ** 2;
        if (far <= least) { least = far; best = n; }
      }
      if (best === this._shown) return;
      this._hide();
      if (best === null || this._texts[best] === "") return;
      this._shown = best;
      const box = document.createElement("div");
      box.textContent = this._texts[best];
      this._tip.setLatLng([this._lat[best], this._lon[best]]).setContent(box).addTo(this._map);
    },

    _hide() {
      this._shown = null;
      this._tip.remove();
    },
  });
})();
