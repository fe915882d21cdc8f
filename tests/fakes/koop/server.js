"use strict";
// A real FeatureServer over the GeoJSON files of the folder `data` below the working directory; says its port.
const Koop = require("@koopjs/koop-core");
const files = require("@koopjs/provider-file-geojson");

const koop = new Koop({ logLevel: "error" });
koop.register(files, { dataDir: "data" });
const server = koop.server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
