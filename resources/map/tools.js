// What a hand does on the map besides moving it: a line around reports, a length, a new place for a point.
(() => {
  "use strict";
  const CORNERS = 400;

  window.DeskTools = class {
    constructor(map, say, words) {
      this.map = map;
      this.say = say;
      this.words = words;
      this.mode = "";
      this.line = null;
      this.label = null;
      this.corners = [];
      map.on("mousedown", (event) => this._down(event));
      map.on("mousemove", (event) => this._move(event));
      map.on("mouseup", () => this._up());
      map.on("click", (event) => this._click(event));
    }

    use(mode) {
      this._forget();
      this.mode = mode;
      const map = this.map, box = map.getContainer();
      box.classList.toggle("aiming", mode !== "");
      if (mode === "lasso") map.dragging.disable(); else map.dragging.enable();
      if (mode === "measure") map.doubleClickZoom.disable(); else map.doubleClickZoom.enable();
    }

    _forget() {
      if (this.line) this.line.remove();
      if (this.label) this.label.remove();
      this.line = this.label = null;
      this.corners = [];
      this.held = false;
    }

    _draw(closed) {
      const options = { color: deskToken("focus"), weight: 2, dashArray: "6 4", interactive: false, fill: closed, fillOpacity: 0.12 };
      if (this.line) this.line.setLatLngs(this.corners);
      else this.line = (closed ? L.polygon : L.polyline)(this.corners, options).addTo(this.map);
    }

    _down(event) {
      if (this.mode !== "lasso") return;
      this._forget();
      this.held = true;
      this.corners = [event.latlng];
    }

    _move(event) {
      if (this.mode !== "lasso" || !this.held) return;
      this.corners.push(event.latlng);
      this._draw(true);
    }

    _up() {
      if (this.mode !== "lasso" || !this.held) return;
      this.held = false;
      this.around(this.corners);
    }

    // Tell the desk what lies inside these corners; too many of them are thinned out evenly.
    around(corners) {
      if (corners.length < 3) return;
      const step = Math.max(1, Math.ceil(corners.length / CORNERS));
      const ring = corners.filter((_, at) => at % step === 0).map((c) => `${c.lat.toFixed(6)},${c.lng.toFixed(6)}`);
      this.say("lasso", { ring: ring.join(";") });
    }

    _click(event) {
      if (this.mode === "measure") {
        this.corners.push(event.latlng);
        this._draw(false);
        this._length();
      } else if (this.mode === "move") {
        this.say("moved_to", { lat: event.latlng.lat.toFixed(6), lon: event.latlng.lng.toFixed(6) });
      }
    }

    _length() {
      let length = 0;
      for (let i = 1; i < this.corners.length; i++) length += this.map.distance(this.corners[i - 1], this.corners[i]);
      const text = document.createElement("span");
      text.textContent = this.metres(length);
      const at = this.corners[this.corners.length - 1];
      if (this.label) this.label.remove();
      this.label = L.tooltip({ permanent: true, direction: "right", offset: [10, 0], className: "length" });
      this.label.setLatLng(at).setContent(text).addTo(this.map);
      this.say("measured", { metres: Math.round(length) });
    }

    metres(length) {
      const language = this.words().language || "id";
      return length < 1000
        ? `${Math.round(length).toLocaleString(language)} m`
        : `${(length / 1000).toLocaleString(language, { maximumFractionDigits: 2, minimumFractionDigits: 2 })} km`;
    }
  };
})();
