// Leaflet's canvases as this map needs them: as fine as paper, and drawn anew only when the view leaves what is drawn.
// A canvas is wider than the view by its padding. Moving within that costs nothing: the canvas moves with the map.
(() => {
  "use strict";
  const KEEP = 0.4;

  // How much of the margin is left around the view, 0 to 1; negative where the view sees past what is drawn.
  window.deskSpare = (seen, drawn, padding) => {
    const size = seen.getSize(), wide = size.x * padding, high = size.y * padding;
    return Math.min(
      (seen.min.x - drawn.min.x) / wide, (drawn.max.x - seen.max.x) / wide,
      (seen.min.y - drawn.min.y) / high, (drawn.max.y - seen.max.y) / high,
    );
  };

  // Draw now if the view sees past what is drawn, in a quiet moment if it soon will, else not at all.
  window.deskFollow = (layer, spare, draw) => {
    if (spare < 0) { draw.call(layer); return; }
    if (spare >= KEEP || layer.deskSoon) return;
    layer.deskSoon = requestIdleCallback(() => {
      layer.deskSoon = 0;
      if (layer._map) draw.call(layer);
    }, { timeout: 1000 });
  };

  const events = L.Canvas.prototype.getEvents;
  L.Canvas.include({
    getEvents() { return { ...events.call(this), moveend: this._moved }; },

    _moved() {
      const map = this._map, corner = map.containerPointToLayerPoint([0, 0]);
      const seen = L.bounds(corner, corner.add(map.getSize()));
      const same = this._bounds && this._zoom === map.getZoom();
      deskFollow(this, same ? deskSpare(seen, this._bounds, this.options.padding) : -1, this._update);
    },

    // Leaflet's own canvases know ordinary and doubled pixels; paper has more than three to one.
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const bounds = this._bounds, size = bounds.getSize(), fine = window.devicePixelRatio || 1;
      L.DomUtil.setPosition(this._container, bounds.min);
      this._container.width = Math.round(fine * size.x);
      this._container.height = Math.round(fine * size.y);
      this._container.style.width = size.x + "px";
      this._container.style.height = size.y + "px";
      this._ctx.scale(fine, fine);
      this._ctx.translate(-bounds.min.x, -bounds.min.y);
      this.fire("update");
    },

    // What lies outside is not drawn.
    _updatePaths() {
      if (this._postponeUpdatePaths) return;
      for (const id in this._layers) this._layers[id]._update();
      this._redrawBounds = L.bounds(this._bounds.min, this._bounds.max);
      this._redraw();
    },
  });

  // A line is thinned once a zoom and not at each move. Dashes are worked out along all of a line, so these are clipped.
  const clipped = L.Polyline.prototype._update;
  L.Polyline.include({
    _update() {
      if (!this._map) return;
      if (this.options.dashArray || !this._pxBounds || !this._pxBounds.intersects(this._renderer._bounds)) {
        clipped.call(this);
        return;
      }
      if (this._thinnedOf !== this._rings) {
        this._parts = this._rings.slice();
        this._simplifyPoints();
        this._thinned = this._parts;
        this._thinnedOf = this._rings;
      }
      this._parts = this._thinned;
      this._updatePath();
    },
  });
})();
