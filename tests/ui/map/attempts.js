// What hostile text would try if it ever became code of the page. PORT is a port of this machine that listens.
// Every attempt is refused; the script comes to how many were refused at once.
(() => {
  const to = `http://127.0.0.1:${PORT}`, body = document.body;
  const attempts = [
    () => body.insertAdjacentHTML("beforeend", `<img src="${to}/img" onerror="window.ran=1">`),
    () => body.insertAdjacentHTML("beforeend", `<iframe src="${to}/frame"></iframe><iframe srcdoc="<script>parent.ran=2</scr` + `ipt>"></iframe>`),
    () => body.insertAdjacentHTML("beforeend", `<object data="${to}/object"></object><video src="${to}/video"></video>`),
    () => body.insertAdjacentHTML("beforeend", `<link rel="prefetch" href="${to}/l"><link rel="dns-prefetch" href="//example.org">`),
    () => { const s = document.createElement("script"); s.textContent = "window.ran = 3"; body.append(s); },
    () => { const s = document.createElement("script"); s.src = to + "/s.js"; body.append(s); },
    () => { const s = document.createElement("script"); s.src = "data:text/javascript,window.ran=4"; body.append(s); },
    () => { const s = document.createElement("style"); s.textContent = `body{background:url(${to}/css)}`; body.append(s); },
    () => { body.style.background = `url(${to}/background)`; },
    () => { eval("window.ran = 5"); },
    () => { new Function("window.ran = 6")(); },
    () => { setTimeout("window.ran = 7", 0); },
    () => { fetch(to + "/fetch").catch(() => {}); fetch("file:///etc/passwd").then(() => { window.ran = 8; }, () => {}); },
    () => { fetch("desk://map/data/report?pk=1", {method: "POST"}).then((r) => { if (r.ok) window.ran = 9; }, () => {}); },
    () => { const x = new XMLHttpRequest(); x.open("GET", to + "/xhr"); x.send(); },
    () => { new WebSocket(`ws://127.0.0.1:${PORT}/socket`); },
    () => { new EventSource(to + "/events"); },
    () => { navigator.sendBeacon(to + "/beacon", "x"); },
    () => { new Worker(URL.createObjectURL(new Blob(["fetch('" + to + "/worker')"]))); },
    () => { window.open(to + "/window"); },
    () => { const f = document.createElement("form"); f.action = to + "/form"; body.append(f); f.submit(); },
    () => { const a = document.createElement("a"); a.href = "javascript:window.ran=10"; body.append(a); a.click(); },
    () => { const a = document.createElement("a"); a.href = to + "/a"; a.ping = to + "/ping"; body.append(a); a.click(); },
    () => { const a = document.createElement("a"); a.href = "desk://map/assets/desk.js"; a.download = "x"; body.append(a); a.click(); },
    () => { new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${PORT}`}]}).createDataChannel("x"); },
    () => { location.href = to + "/location"; },
    () => { location.href = "data:text/html,<script>1</script>"; },
  ];
  let refused = 0;
  for (const attempt of attempts) { try { attempt(); } catch (problem) { refused += 1; } }
  return refused;
})()
